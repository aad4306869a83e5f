"""Writes: products by hand and import, stages by approved proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit.crud import save_new_row, save_row_changes
from bihuan.org.public import Position, Unit, searchable
from bihuan.process.public import Post, origin_of, raise_event

from .models import Product, Stage, StageChange
from .queries import changes_by, plain, product_named


@transaction.atomic
def open_product(
    *, code: str, name: str, by: Actor, at: datetime, company: Unit | None = None, **given: Any
) -> Product:
    """Make a product of a company (by default the actor's) and raise `product.created`. Raises Invalid."""
    product = Product(
        code=code, name=name, name_pinyin=searchable(name), company=company or _company_of(by), **given
    )
    save_new_row(product, by=by, at=at)
    _tell("product.created", product, by, at)
    return product


@transaction.atomic
def change_product(*, product: Product, by: Actor, at: datetime, **changes: Any) -> Product:
    """Change a product and raise `product.changed`. Raises Invalid."""
    if "name" in changes:
        changes["name_pinyin"] = searchable(changes["name"])
    if "company" in changes and changes["company"] is None:
        del changes["company"]
    save_row_changes(product, changes, by=by, at=at)
    _tell("product.changed", product, by, at)
    return product


@transaction.atomic
def retire_product(*, product: Product, by: Actor, at: datetime) -> Product:
    """Take a product out of use: it stays readable and can no longer be chosen. Raises `product.changed`."""
    save_row_changes(product, {"retired_at": at}, by=by, at=at, verb="retire")
    _tell("product.changed", product, by, at)
    return product


@transaction.atomic
def move_stage(*, post: Post, by: Actor, at: datetime) -> StageChange:
    """Write the approved stage of a product with its history (SC-D06). Raises Invalid."""
    found = product_named(post.values.get("product") or post.key)
    if found is None:
        raise Invalid(text("没有这个产品，不能改变它的阶段"))
    product = Product.objects.select_for_update().get(pk=found.pk)
    stage = post.values.get("proposed_stage") or post.values.get("stage")
    if stage not in Stage.values:
        raise Invalid(text("没有这个产品阶段：{stage}"), stage=stage)
    made = StageChange.objects.create(
        **origin_of(post.source), posting_id=post.posting, at=at, product=product, before=product.stage,
        after=stage,
    )  # fmt: skip
    change_product(product=product, stage=stage, by=by, at=at)
    return made


@transaction.atomic
def take_back_stage(*, posting: int, by: Actor, at: datetime) -> None:
    """Give products the stage they had before a posting; raises Conflict where they moved on since."""
    for change in changes_by(posting):
        product = Product.objects.select_for_update().get(pk=change.product_id)
        if product.stage != change.after:
            raise Conflict(text("产品“{product}”的阶段后来又改过，不能撤销"), product=product.name)
        change_product(product=product, stage=change.before, by=by, at=at)
        change.reversed_at = at
        change.save(update_fields=["reversed_at"])


def _company_of(by: Actor) -> Unit:
    """The company the actor works in, else the only or topmost one."""
    posts = Position.objects.select_related("unit__company")
    post = posts.filter(pk=by.position).first() if by.position is not None else None
    if post is not None and post.unit.company is not None:
        return post.unit.company
    found = Unit.objects.filter(kind="company", retired_at=None).order_by("path").first()
    if found is None:
        raise Invalid(text("请先建立公司"), fields={"company": [text("必填")]})
    return found


def _tell(event: str, product: Product, by: Actor, at: datetime) -> None:
    company = product.company_id
    raise_event(event, plain(product), company=company, unit=company, by=by, at=at)
