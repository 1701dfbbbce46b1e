"""Which fault an error is: by its code and message first, since the gateway's status often means something else."""

import re
from dataclasses import dataclass

from bot.core.model import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayError:
    """An error as the gateway reported it. Any field may be empty."""

    message: str = ""
    code: str = ""
    enveloped: bool = True
    """Whether it came as the gateway's own `error`, rather than from something in between."""


# The gateway's own codes, and OpenAI's, which it passes on.
# https://platform.openai.com/docs/guides/error-codes, https://apidoc.cometapi.com
_BY_CODE = {
    code: fault
    for fault, codes in {
        Fault.CONTENT_POLICY: """
            moderation_blocked content_policy_violation content_filter sensitive_words_detected prompt_blocked
            """,
        Fault.BAD_REQUEST: """
            invalid_value unknown_parameter invalid_image_file invalid_type unsupported_parameter unsupported_value
            string_above_max_length missing_required_parameter bad_request_body read_request_body_failed
            json_marshal_failed invalid_api_type
            """,
        Fault.AUTH: "invalid_api_key account_deactivated",
        Fault.FORBIDDEN: "access_denied permission_denied",
        Fault.BALANCE: """
            insufficient_user_quota pre_consume_token_quota_failed insufficient_quota billing_hard_limit_reached
            """,
        Fault.RATE_LIMIT: "rate_limit_exceeded",
        Fault.MODEL_UNAVAILABLE: "model_not_found get_channel_failed channel:no_available_key model_price_error",
        Fault.MISCONFIGURED: "api_not_implemented",
    }.items()
    for code in codes.split()
}

# The message counts more than these codes, but less than the codes above.
_BY_VAGUE_CODE = {
    code: fault
    for fault, codes in {
        Fault.BAD_REQUEST: "invalid_request invalid_request_error convert_request_failed",
        Fault.GATEWAY: """
            do_request_failed read_response_body_failed bad_response bad_response_body empty_response aws_invoke_error
            server_error query_data_error update_data_error count_token_failed gen_relay_info_failed
            """,
    }.items()
    for code in codes.split()
}
# A fee that is charged for a refused prompt has a code for each vendor and reason, such as `violation_fee.grok.csam`.
_FEE = "violation_fee"


def _says(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BY_MESSAGE = (
    (_says(r"violation.fee"), Fault.VIOLATION_FEE),
    (
        _says(
            r"safety.?(system|violation)|image_safety|content.polic|polic\w+ violation",
            r"moderation (system|block)|sensitive words?|敏感词|违规",
        ),
        Fault.CONTENT_POLICY,
    ),
    (_says(r"no access to (the )?model", "无权(访问|使用)"), Fault.FORBIDDEN),
    (
        _says(
            r"no available channel|无可用渠道|not supported model|unknown model",
            r"model\b.{0,80}(not (be )?found|does not exist)",
        ),
        Fault.MODEL_UNAVAILABLE,
    ),
    (
        _says(
            r"(insufficient|not enough).{0,40}(quota|balance|credit|funds)",
            r"(quota|balance|credits?)\b.{0,40}(insufficient|not enough|exhausted|used up)",
            "额度(不足|已用尽)|余额不足",
        ),
        Fault.BALANCE,
    ),
    (
        _says(r"(invalid|incorrect|expired).{0,20}(token|api.?key)", "无效的令牌", "令牌.{0,10}(过期|不可用)"),
        Fault.AUTH,
    ),
    (_says(r"rate.?limit", r"too many requests", "请求数限制"), Fault.RATE_LIMIT),
    (_says(r"\bbusy\b", r"overloaded", r"saturated", r"at capacity", "负载"), Fault.BUSY),
)

_BY_STATUS = {
    401: Fault.AUTH,
    402: Fault.BALANCE,
    403: Fault.FORBIDDEN,
    404: Fault.MISCONFIGURED,
    405: Fault.MISCONFIGURED,
    408: Fault.TIMEOUT,
    429: Fault.RATE_LIMIT,
    501: Fault.MISCONFIGURED,
    503: Fault.BUSY,
}
# 524 is Cloudflare's "the origin took too long": the request continues behind it.
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/
_TIMEOUTS = frozenset({408, 504, 524})


def fault_of(status: int, error: GatewayError | None) -> Fault:
    """Return the fault of an answer. `error` is None if the answer held no error that could be read.

    A failure that the gateway itself reports is certain: it bills nothing for it, unless it says so. A time-out is not
    certain, nor is a 5xx from something in between.
    """
    if error is None:
        return _by_status(status, enveloped=False)
    code = error.code.lower()
    if code.startswith(_FEE):
        return Fault.VIOLATION_FEE
    for fault in (_BY_CODE.get(code), _by_message(status, error.message), _by_vague_code(code)):
        if fault is not None:
            return fault
    if status < 300 and re.fullmatch(r"[45]\d\d", code):
        status = int(code)
    return _by_status(status, enveloped=error.enveloped)


_CONCERNS_EVERYBODY = {Fault.AUTH, Fault.BALANCE, Fault.RATE_LIMIT, Fault.MODEL_UNAVAILABLE}


def _by_message(status: int, message: str) -> Fault | None:
    fault = next((fault for pattern, fault in _BY_MESSAGE if pattern.search(message)), None)
    if status in {400, 422} and fault in _CONCERNS_EVERYBODY:
        # The message may quote the prompt, and one user's prompt must not block all users.
        return None
    return Fault.RATE_LIMIT if status == 429 and fault is Fault.BUSY else fault


def _by_vague_code(code: str) -> Fault | None:
    return _BY_VAGUE_CODE.get(code) or (Fault.GATEWAY if code.startswith("channel:") else None)


def _by_status(status: int, *, enveloped: bool) -> Fault:
    if status in _TIMEOUTS:
        return Fault.TIMEOUT
    if status >= 500 and not enveloped:
        return Fault.UNCLEAR
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500 or status < 300:
        return Fault.GATEWAY
    return Fault.MISCONFIGURED if status < 400 else Fault.BAD_REQUEST
