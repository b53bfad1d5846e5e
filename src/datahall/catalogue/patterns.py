"""How columns look that hold personal data or coded values: their names and comments (字段识别)."""

import re
from dataclasses import dataclass
from typing import Final

from datahall.standards import SensitiveKind


@dataclass(frozen=True, slots=True)
class Pattern:
    """Comments and names that one kind of column has."""

    comment: re.Pattern[str]
    names: frozenset[str]

    def reason(self, name: str, comment: str) -> str | None:
        """Why the column is of this kind; None when it is not."""
        if found := self.comment.search(comment):
            return f"注释含“{found[0]}”"
        if name.casefold() in self.names:
            return f"字段名 {name} 是常用写法"
        return None


def _pattern(comment: str, names: str) -> Pattern:
    return Pattern(re.compile(comment), frozenset(names.split()))


SENSITIVE: Final = {
    SensitiveKind.ID_CARD: _pattern(
        r"公民身份号码|居民身份证号|身份证(件|明)?号|身份证?明?号码|身份证$|(?<!许可)证件号码?$|残疾人证号",
        "certno cert_no zjhm sfzmhm gmsfhm gmsfzhm sfzh sfzhm sfzjhm hzsfzh fddbrsfzh id_card id_card_no id_no id_number idcard",
    ),
    SensitiveKind.USCC: _pattern(
        r"统一社会信用代码|社会信用代码|信用代码",
        "tyshxydm shxydm xydm uscc credit_code usci unified_code",
    ),
    SensitiveKind.BANK_CARD: _pattern(
        r"银行(卡|账|帐)|开户账号|收款账号|(账|帐)号$",
        "yhzh yhkh bank_card bank_account account_no card_no",
    ),
    SensitiveKind.MOBILE: _pattern(
        r"手机|移动电话|联系电话|联系方式|联系号码|(人员?|家属|本人|监护人)(联系)?电话",
        "sjh sjhm lxdh lxfs yddh mobile mobile_no cellphone phone phone_no",
    ),
    SensitiveKind.LANDLINE: _pattern(r"固定电话|座机|办公电话|传真|电话", "gddh tel landline fax"),
    SensitiveKind.EMAIL: _pattern(r"邮箱|电子邮件", "dzyx email mail e_mail"),
    SensitiveKind.PLATE: _pattern(
        r"号牌号码|车牌|号牌$", "hphm cph cphm plate plate_no license_plate"
    ),
    SensitiveKind.BIRTH_DATE: _pattern(
        r"出生(日期|年月|时间)|生日", "csrq csny birth_date birthday dob"
    ),
    SensitiveKind.LOCATION: _pattern(
        r"经度|纬度|坐标", "jd wd jwd lon lng lat longitude latitude coordinate"
    ),
    SensitiveKind.ADDRESS: _pattern(
        r"住址|地址|住所|门牌|居住地|经营场所|户籍地$",
        "dz zz hjdz xzz jtzz address addr home_address residence jycs",
    ),
    SensitiveKind.NAME: _pattern(
        r"姓名|^(法定代表人|负责人|联系人|户主|经办人|申请人|监护人|逝者|死者|家属|经营者|户名|权利人|所有权?人|承租人|持卡人|项目经理)$|代表人(姓名)?$|(排查|检查|巡查|维保)人员$|责任人$",
        "xm hzxm fddbr fzr lxr person_name full_name legal_representative legal_person contact_name",
    ),
}
"""In the order in which they are asked: the first that fits decides."""

CODED: Final = {
    "GB/T 2261.1": _pattern(r"性别", "xb xbdm sex gender sex_code"),
    "GB/T 2261.2": _pattern(r"婚姻", "hyzk hyzkdm marital marital_status marriage"),
    "GB/T 3304": _pattern(r"民族", "mz mzdm nation ethnic ethnicity ethnic_code"),
    "GB/T 2260": _pattern(
        r"行政区划|县区代码|区划代码|所属(县区|区县)|^(县区|区县)$",
        "xzqh xzqhdm ssxq qxdm region region_code county county_code district",
    ),
    "证件类型": _pattern(r"证件(类型|种类)", "zjlx zjzl id_type certificate_type"),
    "社会救助类别": _pattern(r"(救助|保障)(类别|类型)", "jzlb bzlb jzlx assistance_kind"),
    "登记状态": _pattern(r"(登记|经营|企业)状态", "djzt jyzt register_status"),
}
"""Code list → columns that hold its codes."""

HIGHLY_SENSITIVE: Final = re.compile(
    r"疾病|残疾(?!人证)|诊断|病情|病种|健康状况|死因|死亡原因|宗教|信仰|指纹|人脸|重病"
)
"""敏感个人信息 beyond the kinds above (PIPL art. 28, GB/T 45574 annex A): grade 4."""

PERSONAL: Final = re.compile(
    r"性别|民族|婚姻|学历|文化程度|缴费基数|缴存|余额|失业|户口|年龄|学籍号|优抚|补贴金额|致贫|保障类别|职业|收入|保障金|补助|救助|家庭|人口数|户籍|年龄|死亡|火化|与户主关系|政治面貌"
)
"""Tells about a person once one is identified: grade 2 in a table about people."""

WATERMARK: Final = re.compile(
    r"(last_?)?(update|updated|modify|modified|change|changed)_?(time|at|date|on)?|gxsj|xgsj|bgsj|rksj|etl_?time",
    re.IGNORECASE,
)
WATERMARK_COMMENT: Final = re.compile(r"更新(时间|日期)|修改时间|变更时间|最后修改")
PAST: Final = re.compile(r"出生|死亡|火化|登记|成立|核准|发证|注册|更新|birth|death|establish")
START_AND_END: Final = (
    (r"死亡(日期|时间)", r"火化(日期|时间)"),
    (r"成立(日期|时间)", r"(注销|吊销|核准)(日期|时间)"),
    (
        r"(起始|开始|享受起始)(年月|日期|时间)?|有效期(自|起)",
        r"(终止|结束|截止)(年月|日期|时间)?|有效期(至|止)",
    ),
)
"""Comments of two dates of which the second is never earlier."""
