"""What every row has that a posting wrote."""

from __future__ import annotations

from django.db import models

from bihuan.documents.models import Document
from bihuan.org.models import Unit


class SourcedRow(models.Model):
    """A row of a register that opens its source: company and unit it belongs to, document and version it came from.

    `posting_id` is the journal's row, `version_id` the DocumentVersion that counted; both plain ids.
    """

    company = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="公司")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="部门")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="来源单据"
    )
    version_id = models.BigIntegerField(null=True, editable=False)
    posting_id = models.BigIntegerField(null=True, db_index=True, editable=False)
    secrecy = models.PositiveSmallIntegerField("密级", default=1)
    at = models.DateTimeField("登记时间")

    class Meta:
        abstract = True
