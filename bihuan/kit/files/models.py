"""Kept files: one row an upload, one content on disk however often it was uploaded."""

from __future__ import annotations

from django.db import models


class File(models.Model):
    """An uploaded file. `owner` is the record that uses it and decides who may read it.

    A row without owner was uploaded and not used yet; it is dropped after two days.
    """

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveIntegerField("大小")
    media_type = models.CharField("类型", max_length=120)
    kept_at = models.DateTimeField("上传时间")
    kept_by = models.BigIntegerField("上传人", null=True)
    kept_by_name = models.CharField("上传人姓名", max_length=80)
    owner_kind = models.CharField("所属类型", max_length=60, default="")
    owner_id = models.BigIntegerField("所属对象", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        indexes = [
            models.Index(fields=["owner_kind", "owner_id"], name="kit_file_owner"),
        ]

    def __str__(self) -> str:
        return self.name
