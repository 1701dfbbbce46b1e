"""The words by which gateways and vendors refuse, each with its source.

A row more is a line more, and the first that fits counts. A code is compared in lower case and without its punctuation,
so that `DataInspectionFailed` is `data_inspection_failed`. A message is searched after the prompt was taken out of it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from bot.core.model import Fault

Row = tuple[Fault, str]

NEW_API = "https://github.com/QuantumNous/new-api/blob/main/types/error.go"
"""CometAPI answers as new-api does: https://apidoc.cometapi.com"""
OPENAI = "https://platform.openai.com/docs/guides/error-codes"
AZURE = "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter"
ARK = "https://docs.byteplus.com/en/docs/ModelArk/1299023"
"""Seedream's: Volcengine's Ark and BytePlus' ModelArk."""
DASHSCOPE = "https://help.aliyun.com/zh/model-studio/error-code"
"""qwen-image's."""
XAI = "https://docs.x.ai/docs/key-information/debugging"
GOOGLE = "https://ai.google.dev/gemini-api/docs/troubleshooting"
LITELLM = "https://docs.litellm.ai/docs/proxy/users"
OPENROUTER = "https://openrouter.ai/docs/api/reference/errors-and-debugging"
STABILITY = "https://platform.stability.ai/docs/api-reference"
MINIMAX = "https://platform.minimax.io/docs/api-reference/errorcode"
ZHIPU = "https://docs.bigmodel.cn/cn/api/api-code"


def _rows(*rows: tuple[Fault, str, str]) -> Sequence[Row]:
    """Return the rows without the third of each, its source, which is for the reader."""
    return tuple((fault, pattern) for fault, pattern, _ in rows)


BY_CODE = _rows(
    (Fault.VIOLATION_FEE, "^violationfee", NEW_API),  # such as `violation_fee.grok.csam`: the refusal itself is billed
    (Fault.CONTENT_POLICY, "moderation(blocked|failed)?$|^contentmoderat", OPENAI),
    (Fault.CONTENT_POLICY, "content(policy|filter|violation)|responsibleai", AZURE),
    (Fault.CONTENT_POLICY, "sensitive(content|word|info)|promptblocked", NEW_API),
    (Fault.CONTENT_POLICY, "inspectionfailed|infringement", DASHSCOPE),
    (Fault.CONTENT_POLICY, "sensitivecontentdetected|policyviolation$|riskdetection", ARK),
    (Fault.CONTENT_POLICY, "^safety$|imagesafety|prohibitedcontent|unsafegeneration|blocklist", GOOGLE),
    (Fault.CONTENT_POLICY, "safetychecktype", XAI),
    (Fault.BALANCE, "insufficientuserquota|preconsumetokenquotafailed|insufficient(balance|credit|funds)", NEW_API),
    (Fault.BALANCE, "insufficientquota|billinghardlimit|billingnotactive", OPENAI),
    (Fault.BALANCE, "budgetexceeded|exceededbudget|overbudget", LITELLM),
    (Fault.BALANCE, "arrearage|freetieronly|prepaidbilloverdue|postpaidbilloverdue", DASHSCOPE),
    (Fault.BALANCE, "accountoverdue|setlimitexceeded", ARK),
    (Fault.BALANCE, "paymentrequired", OPENROUTER),
    (Fault.AUTH, "invalidapikey|accountdeactivated|^authenticationerror$|invalidauthentication|tokenexpired", OPENAI),
    (Fault.AUTH, "^unauthenticated$|apikeyinvalid", GOOGLE),
    (Fault.BLOCKED, "unsupportedcountry|^requestforbidden$", OPENAI),
    (Fault.BLOCKED, "ip(not)?(allowed|forbidden|blocked|denied)$|ipaddress", NEW_API),
    (Fault.NO_IMAGES, "imagegenerationnotsupported|notimagemodel", NEW_API),
    (Fault.MODEL_UNAVAILABLE, "modelnotfound|getchannelfailed|noavailablekey|modelpriceerror", NEW_API),
    (Fault.MODEL_UNAVAILABLE, "invalidendpointormodel|modelnotexist|unsupportedmodel|invalidmodel", ARK),
    (Fault.FORBIDDEN, "modelnotopen|modelaccessdenied|accessdeniedmodel", f"{ARK} {DASHSCOPE} {LITELLM}"),
    (Fault.RATE_LIMIT, "ratelimit|throttl|toomanyrequests|burstrate", f"{OPENAI} {ARK} {DASHSCOPE}"),
    (Fault.BUSY, "overloaded|serverbusy|modelbusy", ARK),
    (Fault.BAD_PICTURE, "^invalidimage(file|format|data|url)?$|unsupportedimage|invalidmask", OPENAI),
    (Fault.TOO_LARGE, "(request|entity|payload)toolarge", OPENAI),
    (Fault.BAD_REQUEST, "^(invalid|unsupported)(value|type|parameter)|^unknownparameter|^stringabovemax", OPENAI),
    (Fault.BAD_REQUEST, "^missing(required)?parameter|^arraybelowmin|^integer(above|below)", OPENAI),
    (Fault.BAD_REQUEST, "badrequestbody|readrequestbodyfailed|jsonmarshalfailed|invalidapitype", NEW_API),
    (Fault.MISCONFIGURED, "apinotimplemented", NEW_API),
)

BY_VAGUE_CODE = _rows(  # the message counts more than these
    (Fault.BAD_REQUEST, "^invalidrequest(error)?$|^convertrequestfailed$|^badrequest", NEW_API),
    (Fault.BAD_REQUEST, "^imagegenerationusererror$", OPENAI),
    (Fault.BAD_REQUEST, "^invalidargument$|^failedprecondition$", GOOGLE),
    (Fault.FORBIDDEN, "^accessdenied|^permissiondenied|^forbidden$", f"{NEW_API} {DASHSCOPE}"),
    (Fault.AUTH, "^autherror$", LITELLM),
    (Fault.RATE_LIMIT, "^resourceexhausted$", GOOGLE),
    (Fault.GATEWAY, "^channel|^(do|get)requestfailed|responsebody|^badresponse$|^emptyresponse|^awsinvoke", NEW_API),
    (Fault.GATEWAY, "^(query|update)dataerror|^counttokenfailed|^genrelayinfofailed", NEW_API),
    (Fault.GATEWAY, "^servererror|^internal(server)?error|imagegenerationservererror", OPENAI),
)

BY_MESSAGE = _rows(
    (Fault.VIOLATION_FEE, r"violation.fee", NEW_API),
    (Fault.FORBIDDEN, r"resource has been (temporarily )?blocked", AZURE),
    (Fault.FORBIDDEN, r"no access to (the )?model|not (been )?activated the model|无权(访问|使用)", f"{NEW_API} {ARK}"),
    (Fault.BLOCKED, r"(country|region|territory|location)\b.{0,40}\bnot (supported|available|allowed)", OPENAI),
    (Fault.BLOCKED, r"\bIP\b.{0,60}\b(not|block|ban|den|forbid|restrict)", NEW_API),
    (Fault.BLOCKED, r"\bIP ?(地址|不在|被)|地区.{0,10}不支持", NEW_API),
    (Fault.NO_IMAGES, r"not supported model for image generation|only imagen models|not an image", NEW_API),
    (Fault.NO_IMAGES, r"(doesn't|does not|not) support(ed)? (image generation|for images|.{0,20}v1/images)", OPENAI),
    (Fault.BAD_PICTURE, r"\bimage is required|unsupported (mime.?type|image)|(invalid|dimensions of the) mask", OPENAI),
    (Fault.CONTENT_POLICY, r"safety.?(system|violation|filter|check|setting)|image_safety|guardrails?\b", OPENAI),
    (Fault.CONTENT_POLICY, r"content.(polic|filter|moderat|management polic)|responsible ?ai", AZURE),
    (Fault.CONTENT_POLICY, r"\b(violat\w+|against)\b.{0,40}polic|polic\w+ violation", GOOGLE),
    (Fault.CONTENT_POLICY, r"\bmoderat(ed|ion (system|block\w*|rules?))|usage (guidelines|polic)", XAI),
    (Fault.CONTENT_POLICY, r"inappropriate|data.?inspection|infringement", DASHSCOPE),
    (Fault.CONTENT_POLICY, r"sensitive (words?|info|content|text)|new_sensitive|\bis sensitive\b", f"{ARK} {MINIMAX}"),
    (Fault.CONTENT_POLICY, r"(was|been|is) flagged", f"{OPENROUTER} {STABILITY}"),
    (Fault.CONTENT_POLICY, r"prohibited (content|use)|unsafe (content|generation|prompt)", GOOGLE),
    (Fault.CONTENT_POLICY, r"敏感|审核|不合规|违规|违反.{0,20}(政策|规定|准则)", NEW_API),
    (Fault.MODEL_UNAVAILABLE, r"no available channel|无可用渠道|unknown model|(in|not a )valid model", NEW_API),
    (Fault.MODEL_UNAVAILABLE, r"model\b.{0,80}(not (be )?found|not available|no longer|does not exist)", OPENAI),
    (Fault.MODEL_UNAVAILABLE, r"模型.{0,40}(不存在|不可用|未开通)", NEW_API),
    (Fault.RATE_LIMIT, r"retry (in|after) [\d.]+ ?(m?s\b|sec|min)", GOOGLE),
    (Fault.BALANCE, r"(insufficient|not enough|no remaining).{0,40}(quota|balance|credit|funds)", NEW_API),
    (Fault.BALANCE, r"(quota|balance|credits?)\b.{0,40}(insufficient|not enough|exhausted|used up|too low)", NEW_API),
    (Fault.BALANCE, r"exceeded your current quota|billing (hard )?limit|check your plan and billing", OPENAI),
    (Fault.BALANCE, r"budget has been exceeded|exceeded.?budget|over budget|crossed budget", LITELLM),
    (Fault.BALANCE, r"spend(ing)? (cap|limit)|used all (available|your) credits|inference limit", XAI),
    (Fault.BALANCE, r"(more|add|purchase|buy) .{0,20}credits|\btop.?up|\brecharge\b", OPENROUTER),
    (Fault.BALANCE, r"account (is )?in good standing|overdue (account|payment|balance)|arrears", f"{DASHSCOPE} {ARK}"),
    (Fault.BALANCE, r"额度.{0,6}(不足|已?用尽|失败|超)|余额.{0,4}不足|预扣费", NEW_API),
    (Fault.BALANCE, r"欠费|请充值", ZHIPU),
    (Fault.AUTH, r"(invalid|incorrect|expired|missing).{0,20}(token|api.?key|credentials)", OPENAI),
    (Fault.AUTH, r"无效的令牌|令牌.{0,10}(过期|不可用|已失效)|密钥.{0,10}(无效|错误)", NEW_API),
    (Fault.RATE_LIMIT, r"rate.?limit|too many requests|requests? per (minute|day)|请求数限制|请求过于频繁", NEW_API),
    (Fault.BUSY, r"\bbusy\b|overload|saturated|at capacity|high (demand|load)|负载|繁忙", NEW_API),
)  # fmt: skip

REFUSED_ITEMS = (
    # Fields of an item that stand where its image would: it was refused after it had been drawn, perhaps for a fee.
    ("respect_moderation", re.compile("^false$", re.IGNORECASE), XAI),
    ("finish_reason", re.compile("filter|safety|moderat", re.IGNORECASE), STABILITY),
    ("raiFilteredReason", re.compile("."), GOOGLE),
    ("finishReason", re.compile("filter|safety|prohibited", re.IGNORECASE), GOOGLE),
)

SUCCESS = frozenset({"0", "200", "201", "202", "ok", "success", "successful", "succeeded", "completed"}) | {
    *("submitted", "created", "accepted", "pending", "queued", "not_start", "processing", "running", "in_progress"),
}
"""Words that aren't an error, although a message stands beside them: the tasks of new-api, Midjourney and DashScope."""


def first(rows: Iterable[Row], *texts: str) -> Fault | None:
    """Return the fault of the first row that is found in any of the texts."""
    return next((fault for fault, pattern in rows if any(map(_compiled(pattern).search, texts))), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first used: to compile all takes a while, and a start doesn't need them."""
    return re.compile(pattern, re.IGNORECASE)


def plain(code: str) -> str:
    """Return a code as `BY_CODE` has it."""
    return re.sub(r"[\W_]+", "", code.lower())
