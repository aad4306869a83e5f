"""What can go wrong, in words: what happened, what was kept, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bihuan.kernel.errors import text


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as people and programs see it; texts are gettext ids (zh-Hans)."""

    status: int
    code: str
    title: str
    message: str = ""
    kept: str = ""
    todo: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


_UNSAVED = text("这次操作没有生效，之前已保存的内容都在。")
PROBLEMS_BY_STATUS = {
    400: Problem(
        400,
        "bad_request",
        text("请求有误"),
        text("服务器看不懂这次请求。"),
        _UNSAVED,
        text("返回上一页，刷新后再试。"),
    ),
    401: Problem(
        401,
        "signed_out",
        text("登录已过期"),
        text("太久没有操作，系统已自动退出。"),
        text("填写中的内容保留在本浏览器中，登录后可以恢复。"),
        text("请重新登录。"),
    ),
    403: Problem(
        403,
        "not_allowed",
        text("没有权限"),
        text("你可以看到它，但不能做这一步。"),
        _UNSAVED,
        text("需要时请联系流程负责人或系统管理员。"),
    ),
    404: Problem(
        404,
        "not_found",
        text("找不到这个页面"),
        text("它可能已被删除，或你没有查看权限。"),
        "",
        text("检查网址，或从首页重新进入。"),
    ),
    409: Problem(
        409,
        "conflict",
        text("内容已被更改"),
        text("在你打开之后，别人先改了它。"),
        text("别人的修改没有被覆盖，你填写的内容还在页面上。"),
        text("返回页面，另开一页看最新内容，再决定保留哪一份。"),
    ),
    422: Problem(
        422,
        "invalid",
        text("填写的内容有问题"),
        "",
        text("填写的内容还在页面上。"),
        text("改正标出的地方后再提交。"),
    ),
    500: Problem(
        500,
        "server_error",
        text("系统出错了"),
        text("这是程序的问题，不是你的操作有误，错误已被记录。"),
        _UNSAVED,
        text("请稍后再试；如果仍然出错，把下面的编号告诉管理员。"),
    ),
    503: Problem(
        503,
        "unavailable",
        text("系统正在维护"),
        text("暂时无法使用，通常几分钟内恢复。"),
        _UNSAVED,
        text("请稍后刷新页面。"),
    ),
}
TOO_LARGE = Problem(
    413,
    "too_large",
    text("发送的内容太大"),
    text("一次最多提交20MB的文件或10MB的表单内容，表单最多20,000项。"),
    _UNSAVED,
    text("分成几次提交，或把内容放到附件里。"),
)
"""A body or a form beyond the limits of the settings."""
UNREADABLE = Problem(
    400,
    "unreadable",
    text("请求有误"),
    text("内容里有不能保存的字符。"),
    _UNSAVED,
    text("删去从别处粘贴来的特殊字符后再试。"),
)
"""Text that no database keeps (the character NUL)."""
