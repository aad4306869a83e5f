"""What the invented company of a demo did: its research plans and who did what to them, on which working day.

Days count working days from the day the demo shows, which is 0; people stand under the slot they fill.
A line reads `DAY SLOT VERB TEXT`; `refuse*` sends the plan straight back to the refuser.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """One research plan; `title` and `about` may use {year}, {month}, {next_year} and {next_month}."""

    title: str
    about: str
    level: str
    lines: str
    urgency: str = "一般"


PRODUCTS = (
    ("MX-100", "城际列车门系统", "成熟期", 89000),
    ("MK-20", "门控器", "成长期", 10200),
    ("TH-07", "受电弓碳滑板", "成熟期", 1500),
    ("ZP-12", "制动闸片", "成长期", 450),
    ("JX-03", "检修平台", "导入期", 275000),
    ("ZM-05", "司机室座椅", "成熟期", 6800),
)
"""What the invented company sells: code, name, stage and list price (yuan)."""

DRAFT = "save"
PLANS = (
    Plan(
        "{year}年度市场调研计划（调整）",
        "干线与城际车辆部件",
        "年度",
        """
        -40 mkt_mgr fill
        -39 pm_mgr approve 内容完整，同意上报。
        -38 bu_mgr refuse 外包和礼品费用没有测算依据，请逐项列明后再报。
        -36 mkt_mgr fill 外包费用按三家询价的中间价重算，礼品改为公司定制样品并减少数量。
        -35 pm_mgr approve 测算依据已经补充，同意。
        -34 bu_mgr approve 同意，按批准数执行。
        -32 gm approve 同意。调研结论要直接服务于明年的定型和报价。
        -31 pm_mgr approve 同意签准。
        -31 tech_dir approve 技术指标部分由技术中心配合。
        -30 ka_head approve 三个大区各安排一名大客户经理陪访。
        -30 gm approve 签准。
        """,
    ),
    Plan(
        "{month}月市场动态月度调研计划",
        "城际车辆门系统",
        "月度",
        """
        -39 mkt_mgr fill
        -38 pm_mgr approve 同意。
        -37 bu_mgr approve 同意，在年度预算内列支。
        -35 gm approve 同意。
        -35 mkt_mgr copy ka_head 请安排走访客户。
        -34 pm_mgr approve
        -34 tech_dir approve
        -33 ka_head approve 客户名单已确认。
        -33 gm approve
        """,
    ),
    Plan(
        "城际列车门系统客户回访计划",
        "城际列车门系统",
        "常规",
        """
        -37 mkt_mgr fill
        -33 pm_mgr approve 审核晚了，抱歉；同意。
        -32 bu_mgr approve 同意。
        -31 pm_mgr approve
        -31 tech_dir approve
        -30 ka_head approve
        -29 gm approve
        """,
    ),
    Plan(
        "检修平台国产替代重大专题调研",
        "检修平台国产替代",
        "重大专题",
        """
        -34 mkt_mgr fill
        -33 pm_mgr approve 选题好，同意。
        -32 bu_mgr approve 外包费用压减一成，其余同意。
        -30 gm approve 同意立项调研。
        -29 pm_mgr approve
        -29 ka_head approve
        -28 gm approve
        -28 tech_dir refuse* 质量控制措施太笼统，请写明复核比例和责任人。
        -27 mkt_mgr fill 已写明：访谈记录抽查百分之二十，由技术支持工程师复核。
        -26 tech_dir approve 已补充到位，同意。
        """,
    ),
    Plan(
        "车辆内装件价格行情跟踪计划",
        "车辆内装件价格行情",
        "常规",
        """
        -31 mkt_mgr fill
        -30 mkt_mgr withdraw 漏填了一家供应商
        -30 mkt_mgr fill
        -29 pm_mgr approve 同意。
        -28 bu_mgr approve
        -27 pm_mgr approve
        -27 tech_dir approve
        -27 ka_head approve
        -26 gm approve
        """,
    ),
    Plan(
        "海外地铁项目准入条件重大专题调研",
        "海外地铁项目准入条件",
        "重大专题",
        """
        -29 mkt_mgr fill
        -28 pm_mgr comment 认证机构的名单请向技术中心核实。
        -28 pm_mgr approve 同意。
        -27 bu_mgr approve
        -25 gm refuse 范围太大，请先收缩到东南亚两国，并说明与明年市场计划的关系。
        -23 mkt_mgr fill 已收缩到东南亚两国；结论用于明年海外市场的进入决策。
        -22 pm_mgr approve 修改到位。
        -21 bu_mgr approve 范围缩小，预算相应核减。
        -20 gm approve 同意。
        -19 pm_mgr approve
        -19 tech_dir approve 认证要求由技术中心提供初稿。
        -18 ka_head approve
        -18 gm approve
        """,
    ),
    Plan(
        "司机室座椅使用体验访谈计划",
        "司机室座椅使用体验",
        "常规",
        """
        -26 mkt_mgr fill
        -25 pm_mgr approve
        -23 proc_admin reassign fin_mgr 事业部经理出差，由财务经理代为审批预算
        -22 fin_mgr approve 预算核过，同意。
        -21 pm_mgr approve
        -21 tech_dir approve
        -20 ka_head approve
        -20 gm approve
        """,
    ),
    Plan(
        "{month}月市场动态月度调研计划",
        "转向架部件",
        "月度",
        """
        -20 mkt_mgr fill
        -19 pm_mgr approve 同意。
        -18 bu_mgr approve
        -16 gm approve 同意。
        -16 pm_mgr approve
        -15 tech_dir approve
        -15 ka_head approve
        -15 gm approve
        """,
    ),
    Plan(
        "轨道车辆照明备件需求抽样调查",
        "轨道车辆照明备件需求",
        "常规",
        """
        -17 mkt_mgr fill
        -16 pm_mgr refuse 样本只有北区，请补足三个大区后再报。
        -14 mkt_mgr fill 已补足三个大区，各十二家。
        -13 pm_mgr approve 同意。
        -12 bu_mgr approve
        -11 pm_mgr approve
        -11 ka_head approve 请先与各检修段打招呼。
        -10 tech_dir approve
        -10 gm approve
        """,
    ),
    Plan(
        "屏蔽门售后成本对比调研",
        "屏蔽门售后成本",
        "常规",
        """
        -13 mkt_mgr fill
        -12 pm_mgr approve
        -9 bu_mgr approve 同意，请注意控制差旅。
        -8 pm_mgr approve
        -8 tech_dir approve
        -7 ka_head approve
        -6 gm approve
        """,
    ),
    Plan(
        "{next_year}年度市场调研计划",
        "轨道车辆部件全系列",
        "年度",
        """
        -7 mkt_mgr fill
        -6 pm_mgr approve 覆盖面和节奏都合适，同意上报。
        -6 mkt_mgr copy ka_head 请提前协调客户时间。
        -6 ka_head comment 建议把西区两条新线路的业主列入访谈名单。
        -5 mkt_mgr comment 已列入，见调研对象。
        -3 bu_mgr approve 年度总额同意。
        """,
    ),
    Plan(
        "受电弓碳滑板竞争态势重大专题调研",
        "受电弓碳滑板竞争态势",
        "重大专题",
        """
        -9 mkt_mgr fill
        -8 pm_mgr approve 同意。
        -6 bu_mgr approve
        -3 gm approve 同意，重点看两家新进入者。
        -2 pm_mgr comment 会签已发起，请各位本周内签署。
        """,
    ),
    Plan(
        "制动闸片用户满意度调研",
        "制动闸片用户满意度",
        "常规",
        """
        -10 mkt_mgr fill
        -9 pm_mgr approve
        -7 bu_mgr approve
        -5 gm approve
        -4 pm_mgr urge ka_head
        """,
    ),
    Plan(
        "智能运维平台客户需求重大专题调研",
        "智能运维平台客户需求",
        "重大专题",
        """
        -12 mkt_mgr fill
        -11 pm_mgr approve
        -9 bu_mgr approve 同意。
        -7 gm approve 同意。
        -5 pm_mgr approve
        -5 gm approve
        -4 ka_head refuse 访谈名单缺少两家主要业主，请与大客户经理核对后补全。
        -3 tech_dir refuse 平台的数据接口要求没有列入内容细目，请补充。
        """,
    ),
    Plan(
        "{next_month}月市场动态月度调研计划",
        "车辆空调与门系统",
        "月度",
        """
        -5 mkt_mgr fill
        -4 pm_mgr approve 同意。
        """,
    ),
    Plan(
        "车辆空调维保价格调查",
        "车辆空调维保价格",
        "常规",
        """
        -3 mkt_mgr fill
        -2 pm_mgr approve 同意。
        """,
    ),
    Plan(
        "展会竞品资料收集计划",
        "展会竞品资料",
        "常规",
        """
        -3 mkt_mgr fill
        -3 mkt_mgr withdraw 展位号有误，改好再报
        """,
    ),
    Plan(
        "新线路招标参数紧急摸底",
        "新线路招标参数",
        "常规",
        """
        -1 mkt_mgr fill
        """,
        urgency="紧急",
    ),
    Plan(
        "车钩缓冲装置客户访谈计划",
        "车钩缓冲装置客户需求",
        "常规",
        """
        -2 mkt_mgr fill
        """,
    ),
    Plan(
        "跨座式单轨部件市场潜力调研",
        "跨座式单轨部件市场潜力",
        "常规",
        """
        -1 mkt_mgr save
        """,
    ),
)

BACKGROUNDS = (
    "近一年与{about}有关的招标项目明显增多，主要客户对交付周期和全寿命成本提出了新的要求，现有资料已不足以支持投标。",
    "主要竞争对手上季度调整了价格和服务承诺，大客户部连续收到客户对{about}的询问，需要尽快摸清真实情况。",
    "上期调研结束后，{about}方面又出现两家新进入者，原有结论已经过时，需要补充第一手资料。",
)
PURPOSES = (
    "弄清{about}的现状和走势，为下一年度产品定型和报价策略提供依据，决定是否开发新型号。",
    "为{about}的目标客户排序和资源投入提供依据，支持事业部下季度的市场计划。",
    "核实客户对{about}的真实要求，用于修订产品手册和投标技术条款。",
)
DETAILS = (
    "竞争对手的型号、价格和交付周期；客户对可靠性、维护和备件的要求；采购决策的流程和关键人。",
    "在用产品的故障率和停运损失；客户愿意为哪些改进付费；两年内的更换计划和数量。",
    "近三年的中标价格和份额；主要供应商的服务网点；下一轮招标的时间和技术门槛。",
)
MEASURES = (
    "访谈记录当日整理，由市场经理抽查一成以上并回访核实。",
    "每份问卷两人独立录入并比对，逻辑矛盾的退回重访。",
    "价格数据至少有两个来源，差异超过一成的单独说明。",
)
RISKS = (
    "客户时间难以协调时改为电话访谈，进度每周五通报。",
    "关键数据取不到时用中标公告推算，并注明口径。",
    "",
)
GROUPS = (
    ("车辆制造企业", "采购、质量和售后负责人"),
    ("地铁运营公司", "车辆段检修主任和物资部门"),
    ("维保单位", "班组长和备件管理员"),
    ("同业竞争对手", "公开资料和展会资料"),
    ("设计院所", "总体和车辆专业"),
)
COSTS = (
    ("差旅", "高铁与住宿，按次", 1800),
    ("人力", "访谈员补贴，按人天", 350),
    ("外包", "行业数据与报告", 12000),
    ("礼品", "定制样品", 120),
    ("印刷", "问卷与手册", 15),
    ("数据", "招标数据库查询", 2600),
)
AREAS = ("江苏省", "浙江省", "广东省", "四川省", "湖北省", "陕西省", "山东省", "北京市", "上海市")
