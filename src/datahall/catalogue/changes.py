"""What differs between two versions of an entry (变更内容).  No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from datahall.catalogue.model import Assessment, CatalogueItem, Field
from datahall.catalogue.terms import LEVEL_NAMES, Relation, ShareScope
from datahall.kit.labels import Labelled

LABELS: Final = {
    "title": "资源名称",
    "abstract": "摘要",
    "category_code": "分类",
    "alias_code": "别名代码",
    "keywords": "关键词",
    "format": "格式分类",
    "format_type": "格式类型",
    "format_description": "自描述格式说明",
    "data_class": "数据分类",
    "theme": "数据领域",
    "sharing": "共享属性",
    "share_scope": "共享范围",
    "share_condition": "使用条件",
    "withheld_basis": "不予共享依据",
    "share_methods": "共享方式",
    "share_explanation": "平台以外方式的理由",
    "opening": "开放属性",
    "open_condition": "开放条件",
    "open_code": "开放目录编码",
    "update_cycle": "更新周期",
    "table": "挂接的数据表",
    "watermark_column": "增量标识",
    "aggregation": "聚合方式",
    "logical_reason": "逻辑聚合的理由",
    "flow_back": "回流数据",
    "volume_rows": "数据量（行）",
    "volume_mb": "数据量（MB）",
    "system": "来源系统",
    "duty_basis": "法定依据",
    "matter_codes": "对应事项编码",
    "office": "内部部门",
    "contact": "联系人",
    "phone": "联系电话",
    "area": "空间范围",
    "period": "时间范围",
    "related_codes": "关联资源",
    "relations": "目录关联",
    "parent_code": "上级目录编码",
    "channels": "发布渠道",
    "secrecy_level": "涉密性",
    "effective_on": "生效日期",
    "secrecy": "保密审查",
    "privacy": "个人信息保护影响评估",
}
FIELD_LABELS: Final = {
    "name": "字段名",
    "title": "名称",
    "source_column": "来源字段",
    "type": "类型",
    "length": "长度",
    "scale": "小数位",
    "required": "必填",
    "is_key": "主键",
    "grade": "分级",
    "sensitive": "敏感类型",
    "code_list": "代码表",
    "rules": "质量规则",
    "element": "数据元",
    "is_source": "作为数源",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place that differs, in words."""

    path: str
    label: str
    before: str  # empty when it was added
    after: str  # empty when it was removed


def changes(before: CatalogueItem, after: CatalogueItem) -> tuple[Change, ...]:
    """Every place of content that differs, entry first and then field by field."""
    return (*_entry(before, after), *_fields(before, after))


def changed_places(before: CatalogueItem, after: CatalogueItem) -> tuple[str, ...]:
    """The paths of `changes`, for the record of acts."""
    return tuple(change.path for change in changes(before, after))


def _entry(before: CatalogueItem, after: CatalogueItem) -> Iterator[Change]:
    for name, label in LABELS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(path=name, label=label, before=words(old), after=words(new))


def _fields(before: CatalogueItem, after: CatalogueItem) -> Iterator[Change]:
    old = {field.name: field for field in before.fields}
    new = {field.name: field for field in after.fields}
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            yield Change(
                path=f"fields.{name}",
                label="信息项",
                before=was.title if was else "",
                after=now.title if now else "",
            )
            continue
        for f in fields(Field):
            one, other = getattr(was, f.name), getattr(now, f.name)
            if one != other:
                yield Change(
                    path=f"fields.{name}.{f.name}",
                    label=f"{now.title} · {FIELD_LABELS[f.name]}",
                    before=words(one),
                    after=words(other),
                )
    if list(old) != list(new) and set(old) == set(new):
        yield Change(path="fields", label="信息项次序", before="", after="已调整")


def words(value: object) -> str:
    """A value of an entry as people read it."""
    match value:
        case None | "" | ():
            return "—"
        case bool():
            return "是" if value else "否"
        case Labelled():
            return value.label
        case Assessment():
            return f"{value.number}，{value.conclusion}（{value.done_on}）"
        case Relation():
            return f"{value.kind.label} {value.code}"
        case ShareScope():
            named = [f"{len(value.departments)} 个部门"] if value.departments else []
            levels = [LEVEL_NAMES[level] for level in value.levels]
            return "、".join((*named, *levels, *value.regions)) or "各级各部门"
        case tuple():
            return "、".join(words(part) for part in value)
        case _:
            return str(value)
