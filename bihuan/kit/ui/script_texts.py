"""Texts that the scripts in ``frontend/src`` show, here so that translators find them.

A test compares this list with the ``t("…")`` calls of the scripts.
"""

from django.utils.translation import gettext

from bihuan.kernel.errors import text as _

TEXTS: tuple[str, ...] = (
    _("{time} 填写的内容还没有保存到服务器。"),
    _("万元"),
    _("上传失败（{status}）"),
    _("不同之处"),
    _("丢弃"),
    _("亿元"),
    _("先不处理"),
    _("全图"),
    _("关闭"),
    _("刚刚"),
    _("别人也改了这份单据"),
    _("取消"),
    _("在你打开之后有人保存过。两份都还在，请选择保留哪一份。"),
    _("字段"),
    _("已保存 {time}"),
    _("已离线，内容保留在本机"),
    _("已粘贴 {rows} 行"),
    _("当前步骤"),
    _("恢复"),
    _("我填的"),
    _("放大"),
    _("文件超过 {size} MB"),
    _("最多 {most} 行"),
    _("有 {lost} 行放不下，没有粘贴"),
    _("服务器上的"),
    _("服务器没有接受，内容保留在本机，请刷新页面"),
    _("未保存"),
    _("正在保存…"),
    _("正在查找…"),
    _("没有保存成功，稍后再试"),
    _("没有找到"),
    _("流程图没有加载成功，请刷新页面。"),
    _("用我填的覆盖"),
    _("用服务器上的"),
    _("登录已过期，内容保留在本机"),
    _("确定"),
    _("移除 {name}"),
    _("缩小"),
    _("网络不通，操作没有生效，请稍后再试。"),
    _("网络不通，文件没有上传。"),
    _("输入文字或拼音查找"),
    _("重新登录"),
    _("（空）"),
)


def translated() -> dict[str, str]:
    """Each text with its translation into the active language."""
    return {message: gettext(message) for message in TEXTS}
