"""What the invented company's people wrote on the papers of the chain: invented names, invented numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

NAMES = {"zheng": "郑北行", "wang": "王南来", "xu": "徐西望"}
CUSTOMERS = {
    "zheng": ("朔原车辆厂", "北滦地铁运营公司"),
    "wang": ("江湾轨道车辆公司", "临潮城际运营公司"),
    "xu": ("岷山机车厂", "渝陵地铁车辆段"),
}
"""Key-account manager → whom he looks after."""
ORDERS = {
    "zheng": ((("MX-100", 12, 86000), ("MK-20", 40, 9800)), False),
    "wang": ((("TH-07", 260, 1450), ("MX-100", 8, 87500)), True),
    "xu": ((("ZP-12", 900, 420), ("JX-03", 2, 268000)), False),
}
"""Key-account manager → product, quantity and price of each line of a plan; whether on credit."""
NO_SOURCE = "第二份没有写清来源，请补写提供人和日期后再交。"
NO_PRICE = "价格没有注明是否含税，请与客户核实后重填。"
NO_PROOF = "演示所用软件版本尚未定型，请先写明样机状态和验收办法。"
MERGED = "三个大区各盯一个重点项目；样机试用报告月中前取得；逾期回款每周通报。"

QUESTIONNAIRE: Mapping[str, Any] = {}
BUDGET = (("", 900000), ("展会", 450000), ("广告宣传", 320000), ("客户活动", 180000))
"""The department's budget of a year: subject (empty: not allotted) and yuan."""

PROCESSES = [
    {"code": "SC-000", "name": "流程联合审核生效", "purpose": "全套流程经五个岗位核对后方可生效。"},
    {
        "code": "SC-001",
        "name": "市场调研计划流程",
        "purpose": "在现场工作之前商定调研什么、怎样调研、花多少。",
    },
    {"code": "SC-002", "name": "市场调研流程", "purpose": "收集并分析竞争对手和客户需求信息，形成报告。"},
    {"code": "SC-003", "name": "市场推广计划流程", "purpose": "把调研结果变成产品的推广计划。"},
    {"code": "SC-004", "name": "销售计划制定、审批流程", "purpose": "月度销售计划、任务分解与产销衔接。"},
]
ROLES = [
    {"slot": "gm", "position": "总经理", "users": ["zhou"]},
    {"slot": "tech_dir", "position": "技术总监", "users": ["li"]},
    {"slot": "bu_mgr", "position": "事业部经理", "users": ["sun"]},
    {"slot": "pm_mgr", "position": "产品市场部经理", "users": ["qian"]},
    {"slot": "mkt_mgr", "position": "市场经理", "users": ["zhao"]},
    {"slot": "ka_head", "position": "大客户部经理", "users": ["wu"]},
    {"slot": "ka_mgr", "position": "大客户经理", "users": ["zheng", "wang", "xu"]},
    {"slot": "proj_mgr", "position": "项目部经理", "users": ["yang"]},
    {"slot": "fin_mgr", "position": "财务经理", "users": ["feng"]},
]
MINUTES: Mapping[str, Any] = {
    "time_place": "办公楼三层会议室，上午九点",
    "content": "通报调研结论；项目部确认可安排两台样机，生产部确认月产能有余量；讨论了推广顺序和费用。",
    "decisions": [
        {"no": 1, "decision": "先在两家车辆制造企业试用，再向运营公司推广。"},
        {"no": 2, "decision": "报价统一采用全寿命成本口径。"},
    ],
}
GUIDE: Mapping[str, Any] = {
    "target_market": "长三角和成渝的车辆制造企业，以及两家新线路运营公司。",
    "strategy": "以样机试用带动口碑，以全寿命成本报价取代单价竞争，备件三天内到货作为服务承诺。",
}

_SEEN: tuple[Mapping[str, Any], ...] = (
    {
        "info_type": "竞争对手", "area": "江苏省", "source_kind": "展会", "source_detail": "城际装备展技术交流",
        "reliability": "B", "credibility": "2", "competitor": "锐驰门业", "product": "RC-80门系统", "price": 79800,
        "content": "锐驰门业新推出的门系统报价比我方低约一成，交付周期四个月，质保三年，备件须从外地调拨。",
        "performance": "单扇开关寿命一百五十万次，无自诊断。", "impact": "不利", "suggestion": "用全寿命成本对比应对。",
    },
    {
        "info_type": "客户需求", "area": "浙江省", "source_kind": "客户", "source_detail": "车辆段检修主任面谈",
        "reliability": "A", "credibility": "1", "customer_need": "门控器故障自诊断，现场响应不超过四小时。",
        "content": "该客户两年内有三条线路更换门系统，要求提供全寿命成本报价和本地备件库，现场响应不超过四小时。",
        "impact": "有利", "suggestion": "与客户共建备件库。",
    },
    {
        "info_type": "价格", "area": "四川省", "source_kind": "政府/协会", "source_detail": "招标公告与中标公示",
        "reliability": "A", "credibility": "2", "competitor": "恒岳制动", "product": "HY-3制动闸片", "price": 398,
        "content": "近三轮闸片框架招标的中标单价从四百三十元降到三百九十八元，付款条件由验收后六十天延长到九十天。",
        "impact": "不利", "suggestion": "下季度报价前复核成本。",
    },
)  # fmt: skip

_ABOUT = {
    "door": ("城际列车门系统客户回访报告", "门系统", "备件到货慢是首要不满，八成客户希望本地备件库"),
    "intercity": ("城际车辆门系统市场动态报告", "门控器", "自诊断成为招标的加分项，三家对手中仅一家具备"),
    "market": ("轨道车辆部件年度市场调研报告", "车辆部件", "检修和备件需求增速高于新造，国产替代明显加快"),
    "interior": ("车辆内装件价格行情报告", "内装件", "原材料回落带动报价下降百分之四，交期缩短一周"),
}


def sheets(alias: str, who: str) -> list[dict[str, Any]]:
    """The facts that a key-account manager brought home from a research."""
    start = len(alias) + sum(map(ord, alias + who))
    return [dict(_SEEN[(start + place) % len(_SEEN)]) for place in range(2)]


def report(about: str) -> tuple[str, dict[str, Any]]:
    """Title and sections of a research report."""
    title, product, finding = _ABOUT[about]
    return title, {
        "title": title,
        "intro": f"按签准的调研计划，对{product}的需求、竞争和价格做了现场调研，本报告汇总全部结果。",
        "purpose": f"弄清{product}的现状和走势，为推广计划和下一轮报价提供依据。",
        "method": "现场收集与访谈结合，样本取自三个大区的重点客户，价格与公示数据核对。",
        "market_status": f"{product}近三年年均增长约百分之八，前三家供应商合计占六成份额。",
        "needs": "客户看重可靠性、备件到货时间和现场响应，愿为自诊断功能付费。",
        "limits": "样本限于三个大区，海外项目未覆盖。",
        "competition": "锐驰门业以低价换份额，恒岳制动延长账期；两家的服务网点都少于我方。",
        "opportunities": [
            {"opportunity": f"{product}本地备件库服务", "size": "三年约一千八百万元", "difficulty": "中", "score": 4},
        ],
        "findings": [
            {"no": 1, "finding": f"{finding}。", "evidence": "信息收集表与访谈记录"},
            {"no": 2, "finding": f"客户接受{product}的全寿命成本报价，但要求写明备件价格。", "evidence": "问卷第二题"},
            {"no": 3, "finding": f"{product}新进入者报价低一成，交付周期却长一个月。", "evidence": "中标公示"},
        ],
        "conclusion": f"{finding}；应优先落实服务承诺，不跟进降价。",
        "advice": [{"no": 1, "advice": f"把{product}列入本季度推广计划，先试用后铺开。", "target_form": "F-017"}],
    }  # fmt: skip


def sales_plan(who: str, alias: str) -> dict[str, Any]:
    """A key-account manager's plan of a month; every plan differs a little."""
    lines, credit = ORDERS[who]
    near, far = CUSTOMERS[who]
    return {
        "special_terms": credit,
        "key_actions": f"{near}：月中前提交全寿命成本报价；{far}：跟进回款并取得试用报告。",
        "lines": [
            {
                "customer": customer, "product": product, "qty": quantity + _more(alias), "unit_price": price,
                "stage": stage, "probability": chance,
            }
            for (product, quantity, price), customer, stage, chance in zip(
                lines, (near, far), ("谈判", "报价/投标"), (70, 40), strict=True
            )
        ],
    }  # fmt: skip


def target(who: str, alias: str) -> Decimal:
    """The sales that a task letter asks for: what the manager's plan adds up to, in yuan."""
    return sum(
        (Decimal(one["qty"] * one["unit_price"]) for one in sales_plan(who, alias)["lines"]), Decimal(0)
    )


def progress(who: str, alias: str, *days: date) -> list[dict[str, Any]]:
    """How far a task was carried out on these days, the last one being the end."""
    whole = target(who, alias)
    rates = (46, 92 + _more(alias))
    return [
        {"date": day.isoformat(), "actual": whole * rate / 100, "rate": rate}
        for day, rate in zip(days, rates, strict=True)
    ]


def _more(alias: str) -> int:
    return sum(map(ord, alias)) % 5
