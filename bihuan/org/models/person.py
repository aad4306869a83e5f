"""People and the posts they hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from .unit import Position


class People(BaseUserManager["Person"]):
    """Finds people by their sign-in name."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person who signs in under this name, whatever its case."""
        return self.get(username__iexact=username)


class Person(AbstractBaseUser):
    """An employee; signs in when `is_active` and a password is set. One person may hold several positions (R-007)."""

    username = models.CharField("登录名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=40)
    name_pinyin = models.CharField("拼音", max_length=120, editable=False, default="", db_index=True)
    email = models.EmailField("邮箱", blank=True, default="")
    mobile = models.CharField("手机", max_length=20, blank=True, default="")
    language = models.CharField("界面语言", max_length=10, blank=True, default="")
    is_active = models.BooleanField("在职", default=True)
    is_admin = models.BooleanField("系统管理员", default=False)
    joined_on = models.DateField("入职日期", null=True, blank=True)
    left_at = models.DateTimeField("离职时间", null=True, blank=True, editable=False)
    positions: models.ManyToManyField[Position, Holding] = models.ManyToManyField(
        Position, through="org.Holding", related_name="people", verbose_name="岗位"
    )

    objects = People()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["name_pinyin", "id"]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """One person in one position, from a day to a day (open when empty)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="holdings", verbose_name="人员")
    position = models.ForeignKey(Position, models.CASCADE, related_name="holdings", verbose_name="岗位")
    main = models.BooleanField("主要岗位", default=False)
    since = models.DateField("任职起", null=True, blank=True)
    until = models.DateField("任职止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [models.UniqueConstraint(fields=["person", "position"], name="org_holding_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.position}"
