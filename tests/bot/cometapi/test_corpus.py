"""Answers of others, as they were seen or are documented: what people are told, what it costs, whether it is sent again.

A line more is an answer more; the words that are looked for are in `bot/cometapi/words.py`.
"""
# ruff: noqa: E501

import json
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from bot.cometapi.client import CometAPI
from bot.core.errors import ProviderError
from bot.core.image import ImageRequest
from bot.core.jobs.sentences import FAULTS
from bot.core.model import Fault
from tests.fakes.cometapi import FakeCometAPI, Says

# What people are told: words of a sentence.
PROMPT, OPTIONS, PICTURE, LARGE = "content policy", "refused these options", "couldn't read that picture", "too much"
MONEY, KEY, BETWEEN = "balance is used up", "refuses my key", "Something between me and the image service"
NOT_ALLOWED, OVERLOADED, NO_IMAGES = "doesn't let me use", "model is overloaded", "doesn't make images in the way"
LIMIT, BUSY, FAILED, SETUP = "rate limited", "is busy", "service failed", "isn't set up correctly"
EMPTY, NOT_AN_IMAGE, UNCLEAR, TIMED_OUT = "returned no image", "isn't an image", "couldn't understand", "timed out"

# What it costs the operator; a person doesn't pay for any of these.
FREE, KEPT = False, True
# Whether it is sent again by itself: never, later, or at once with another model where the choice is the bot's.
NEVER, LATER, OTHER = "never", "later", "with another model"


class Seen(NamedTuple):
    """An answer, and what the bot makes of it."""

    who: str
    status: int
    body: object
    told: str
    kept: bool = FREE
    again: str = NEVER
    headers: Mapping[str, str] = {}


def e(message: str, code: object = "", kind: object = "comet_api_error", **more: object) -> dict[str, object]:
    """Give the usual envelope."""
    return {"error": {"message": message, "type": kind, "param": "", "code": code, **more}}


def page(title: str) -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


RAY = {"Server": "cloudflare", "CF-Ray": "8d49989abc171ce8-FRA", "Content-Type": "text/html; charset=UTF-8"}
HTML = {"Content-Type": "text/html"}
SAFETY = "Your request was rejected as a result of our safety system."

CORPUS = (
    # The prompt is refused.
    Seen("OpenAI", 400, e(SAFETY, "moderation_blocked", "image_generation_user_error"), PROMPT),
    Seen("OpenAI by a gateway that drops the code", 400, e(SAFETY), PROMPT),
    Seen("OpenAI on likenesses", 400, e("This request may violate our guardrails concerning similarity to third-party content"), PROMPT),
    Seen("OpenAI's by new-api, as a failure", 500, e(f"{SAFETY} safety_violations=[sexual]", "bad_response_status_code", "upstream_error"), PROMPT),
    Seen("Azure", 400, {"error": {"code": "contentFilter", "inner_error": {"code": "ResponsibleAIPolicyViolation"}, "message": "see the documentation"}}, PROMPT),
    Seen("Azure's inner error alone", 400, {"error": {"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}, "message": "bad"}}, PROMPT),
    Seen("Azure, relayed", 400, e("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "", None), PROMPT),
    Seen("Azure by litellm", 400, e("litellm.ContentPolicyViolationError: AzureException - filtered", "400", None, provider_specific_fields={"innererror": {"code": "ResponsibleAIPolicyViolation"}}), PROMPT),
    Seen("Seedream, input picture", 400, {"error": {"code": "InputImageSensitiveContentDetected.PrivacyInformation", "message": "may contain real person", "type": "BadRequest"}}, PROMPT),
    Seen("Seedream by a gateway, as a failure", 500, e("The request failed because the output image may contain sensitive information. Request id: 021", "", "upstream_error"), PROMPT),
    Seen("Seedream, in an item", 200, {"model": "doubao-seedream-4-0-250828", "data": [{"error": {"code": "OutputImageSensitiveContentDetected", "message": "no"}}]}, PROMPT),
    Seen("Volcengine's detector", 400, {"error": {"code": "InputTextRiskDetection", "message": "violates ContentSecurityDetection", "type": "BadRequest"}}, PROMPT),
    Seen("qwen by DashScope", 400, {"code": "DataInspectionFailed", "message": "Input data may contain …", "request_id": "8af5"}, PROMPT),
    Seen("qwen by its OpenAI mode", 400, e("Input data may contain inappropriate content.", "data_inspection_failed", "data_inspection_failed"), PROMPT),
    Seen("qwen, relayed as a failure", 500, e("<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.", "", "upstream_error"), PROMPT),
    Seen("qwen on brands", 400, {"code": "IPInfringementSuspect", "message": "suspected of IP infringement"}, PROMPT),
    Seen("Grok", 400, {"code": "Client specified an invalid argument", "error": "Generated image rejected by content moderation."}, PROMPT),
    Seen("Grok, the text", 403, {"code": "The caller does not have permission to execute the specified operation", "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}, PROMPT),
    Seen("Grok, after it drew", 200, {"data": [{"url": "", "respect_moderation": False}]}, PROMPT, KEPT),
    Seen("Google", 400, {"error": {"code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT", "details": [{"@type": "ErrorInfo", "reason": "PUBLIC_ERROR_UNSAFE_GENERATION"}]}}, PROMPT),
    Seen("Google, vertex", 400, e("The response is blocked, as it may violate our policies. Error Code: 58061214", 400, None), PROMPT),
    Seen("Google, after it drew", 200, {"predictions": [{"raiFilteredReason": "Unable to show generated images"}]}, PROMPT, KEPT),
    Seen("Stability", 403, {"name": "content_moderation", "errors": ["Your request was flagged by our content moderation system"]}, PROMPT),
    Seen("Stability, after it drew", 200, {"image": "", "finish_reason": "CONTENT_FILTERED"}, PROMPT, KEPT),
    Seen("OpenRouter", 403, {"error": {"code": 403, "message": "Your input was flagged", "metadata": {"reasons": ["violence"], "provider_name": "OpenAI"}}}, PROMPT),
    Seen("OpenRouter, what it was answered", 400, {"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": json.dumps(e(SAFETY, "moderation_blocked"))}}}, PROMPT),
    Seen("Pollinations", 422, {"success": False, "error": {"message": "Your request was rejected by content moderation.", "code": "content_policy_violation"}}, PROMPT),
    Seen("MiniMax", 200, {"id": "03", "data": {}, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, PROMPT),
    Seen("new-api's own words", 500, e("input contains sensitive words: [x]", "sensitive_words_detected", "new_api_error"), PROMPT),
    Seen("one-api in Chinese", 400, {"error": {"message": "提示词包含敏感内容，审核未通过", "type": "one_api_error"}}, PROMPT),
    Seen("a Chinese relay, flat", 400, {"code": 40301, "msg": "内容不合规，请修改后重试"}, PROMPT),
    Seen("Grok by new-api, with its fee", 400, e("Failed check: SAFETY_CHECK_TYPE_CSAM", "violation_fee.grok.csam"), PROMPT, KEPT),
    # The options are refused.
    Seen("OpenAI on a size", 400, e("Invalid size: longest edge must be ≤ 3840", "invalid_value", "invalid_request_error", param="size"), OPTIONS),
    Seen("OpenAI on a parameter whose name has safety in it", 400, e("Unknown parameter: 'safety_identifier'.", "unknown_parameter", "invalid_request_error", param="safety_identifier"), OPTIONS),
    Seen("the same without a code", 400, e("Unrecognized request argument supplied: safety_identifier", None, "invalid_request_error"), OPTIONS),
    Seen("new-api, as a failure", 500, e("field messages is required", "invalid_request"), OPTIONS),
    Seen("Seedream on a size", 400, {"error": {"code": "InvalidParameter", "message": "image size must be at least 3686400 pixels", "param": "size", "type": "BadRequest"}}, OPTIONS),
    Seen("FastAPI", 422, {"detail": [{"loc": ["body", "size"], "msg": "value is not a valid enumeration member", "type": "value_error"}]}, OPTIONS),
    Seen("a gateway that is sorry for a prompt", 400, e("can't draw 'insufficient funds'"), OPTIONS),
    # The pictures are refused.
    Seen("OpenAI on a picture", 400, e("Invalid image file or mode for image 1", "invalid_image_file", "image_generation_user_error"), PICTURE),
    Seen("new-api on a picture", 400, e("image is required", "", "invalid_request_error"), PICTURE),
    Seen("nginx", 413, page("413 Request Entity Too Large"), LARGE, headers=HTML),
    Seen("new-api on a body", 413, e("http: request body too large", "read_request_body_failed"), LARGE),
    # The money is gone.
    Seen("new-api", 403, e("user quota is not enough", "insufficient_user_quota", "new_api_error"), MONEY),
    Seen("new-api in Chinese, without a code", 403, e("预扣费额度失败, 用户剩余额度: ＄0.539534, 需要预扣费额度: ＄2.906176", "", "new_api_error"), MONEY),
    Seen("new-api in GBK", 403, json.dumps(e("用户额度不足", "insufficient_user_quota"), ensure_ascii=False).encode("gbk"), MONEY),
    Seen("the same without a code", 403, json.dumps(e("用户额度不足"), ensure_ascii=False).encode("gbk"), MONEY),
    Seen("a flat relay", 403, {"error": True, "message": "余额不足，请充值", "code": "E403"}, MONEY),
    Seen("OpenAI", 429, e("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"), MONEY),
    Seen("OpenAI, relayed without its code", 429, e("You exceeded your current quota, please check your plan and billing details.", None, None), MONEY),
    Seen("OpenAI's cap", 400, e("Billing hard limit has been reached", "billing_hard_limit_reached", "image_generation_user_error"), MONEY),
    Seen("litellm", 400, e("Budget has been exceeded! Current cost: 26.075, Max budget: 0.25", "400", "budget_exceeded"), MONEY),
    Seen("litellm of 2024", 400, e("Budget has been exceeded! Current cost: 0.0010747, Max budget: 0.0", 400, "auth_error"), MONEY),
    Seen("litellm's router", 429, e("No deployments available - crossed budget: Exceeded budget for deployment", "429", None), MONEY),
    Seen("xAI's cap", 429, {"code": "Some resource has been exhausted", "error": "Your team has either used all available credits or reached its monthly spending limit."}, MONEY),
    Seen("Google's cap", 429, {"error": {"code": 429, "message": "Your project has exceeded its monthly spending cap.", "status": "RESOURCE_EXHAUSTED"}}, MONEY),
    Seen("DashScope", 400, {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."}, MONEY),
    Seen("DashScope, relayed", 403, e("Access denied, please make sure your account is in good standing.", "", "upstream_error"), MONEY),
    Seen("Volcengine", 403, {"error": {"code": "AccountOverdueError", "message": "overdue balance", "type": "Forbidden"}}, MONEY),
    Seen("Volcengine's cap", 429, {"error": {"code": "SetLimitExceeded", "message": "reached the set inference limit", "type": "TooManyRequests"}}, MONEY),
    Seen("Zhipu", 429, {"error": {"code": "1113", "message": "您的账户已欠费，请充值后重试。"}}, MONEY),
    Seen("OpenRouter", 402, {"error": {"code": 402, "message": "This request requires more credits, or fewer max_tokens."}}, MONEY),
    Seen("a plain 402", 402, "", MONEY),
    Seen("with a status of success", 200, {"error": "insufficient balance", "data": None}, MONEY),
    # The key, and what it may use.
    Seen("new-api's door", 401, e("无效的令牌", ""), KEY),
    Seen("OpenAI's door", 401, e("Incorrect API key provided", "invalid_api_key", "invalid_request_error"), KEY),
    Seen("DashScope's door", 401, {"code": "InvalidApiKey", "message": "Invalid API-key provided."}, KEY),
    Seen("Google's door", 400, {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}, KEY),
    Seen("new-api on a model", 403, e("This token has no access to model dall-e-3", ""), NOT_ALLOWED),
    Seen("Volcengine on a model", 404, {"error": {"code": "ModelNotOpen", "message": "Your account has not activated the model", "type": "NotFound"}}, NOT_ALLOWED),
    Seen("DashScope on a model", 403, {"code": "Model.AccessDenied", "message": "Model access denied."}, NOT_ALLOWED),
    Seen("Azure, banned", 403, e("Your resource has been temporarily blocked because we detected behavior that may violate our content policy", "Forbidden"), NOT_ALLOWED),
    # Something in between.
    Seen("Cloudflare's firewall", 403, page("Attention Required! | Cloudflare"), BETWEEN, headers=RAY),
    Seen("Cloudflare's riddle", 403, page("Just a moment..."), BETWEEN, headers=RAY),
    Seen("a Chinese firewall", 403, page("访问被拦截").encode("gbk"), BETWEEN, headers=HTML),
    Seen("a company's proxy that wants a login", 401, page("Proxy login"), BETWEEN, headers=HTML),
    Seen("nothing but a status", 403, "", BETWEEN),
    Seen("Amazon's firewall", 403, {"message": "Forbidden"}, BETWEEN, headers={"X-Amzn-ErrorType": "ForbiddenException"}),
    Seen("OpenAI on countries", 403, e("Country, region, or territory not supported", "unsupported_country_region_territory", "request_forbidden"), BETWEEN),
    Seen("OpenAI on countries, relayed", 403, e("Country, region, or territory not supported", "", "upstream_error"), BETWEEN),
    Seen("Google on countries", 400, {"error": {"code": 400, "message": "User location is not supported for the API use.", "status": "FAILED_PRECONDITION"}}, BETWEEN),
    Seen("new-api's list of addresses", 403, e("您的 IP 不在令牌允许访问的列表中", "access_denied"), BETWEEN),
    Seen("a hotel's network", 511, page("Log in to the network"), BETWEEN, headers=HTML),
    Seen("a court", 451, page("Unavailable For Legal Reasons"), BETWEEN, headers=HTML),
    # The model.
    Seen("new-api without a channel", 503, e("no available channel for group default and model x (distributor)", "model_not_found"), OVERLOADED, again=OTHER),
    Seen("one-api without a channel", 503, {"error": {"message": "当前分组 default 下对于模型 x 无可用渠道", "type": "one_api_error"}}, OVERLOADED, again=OTHER),
    Seen("OpenAI without the model", 404, e("The model `x` does not exist", "model_not_found", "invalid_request_error", param=None), OVERLOADED, again=OTHER),
    Seen("litellm without the model", 400, e("Invalid model name passed in model=x", "400", "invalid_request_error", param="model"), OVERLOADED, again=OTHER),
    Seen("Volcengine without the model", 404, {"error": {"code": "InvalidEndpointOrModel.NotFound", "message": "does not exist", "type": "NotFound"}}, OVERLOADED, again=OTHER),
    Seen("CometAPI on a chat model", 500, e("not supported model for image generation, only imagen models are supported", "convert_request_failed"), NO_IMAGES, again=OTHER),
    # Later, perhaps.
    Seen("new-api's limit", 429, e("请求数限制", ""), LIMIT, again=LATER),
    Seen("Google's limit, in the words of its quota", 429, {"error": {"code": 429, "message": "You exceeded your current quota. Please retry in 12.3s.", "status": "RESOURCE_EXHAUSTED"}}, LIMIT, again=LATER),
    Seen("Google's other limit", 429, {"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"}}, LIMIT, again=LATER),
    Seen("DashScope's limit", 429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, LIMIT, again=LATER),
    Seen("Cloudflare's limit", 429, page("Access denied | rate limited"), LIMIT, again=LATER, headers=RAY),
    Seen("CometAPI when busy", 500, e("The model is currently busy", "bad_response_status_code", "upstream_error"), BUSY),
    Seen("Volcengine when busy", 429, {"error": {"code": "ServerOverloaded", "message": "overloaded", "type": "TooManyRequests"}}, LIMIT, again=LATER),
    Seen("new-api's failure", 500, e("do request failed", "do_request_failed", "new_api_error"), FAILED),
    Seen("OpenAI's failure", 500, e("The server had an error while processing your request", "server_error", "server_error"), FAILED),
    Seen("a gateway that is not built", 501, e("not implemented", "api_not_implemented"), SETUP),
    Seen("a wrong address", 404, "404 page not found", SETUP),
    Seen("a web site", 200, page("CometAPI"), SETUP, headers=HTML),
    Seen("a gateway that has moved", 308, "", SETUP, headers={"Location": "https://new.example/v1/images/generations"}),
    # Nobody can say.
    Seen("nginx before a gateway", 502, page("502 Bad Gateway"), UNCLEAR, KEPT, headers=HTML),
    Seen("Cloudflare's patience", 524, page("A timeout occurred"), TIMED_OUT, KEPT, headers=RAY),
    Seen("Envoy", 503, "upstream connect error or disconnect/reset before headers", UNCLEAR, KEPT),
    Seen("APIMart: a task", 200, {"code": 200, "data": [{"status": "submitted", "task_id": "task_01"}]}, UNCLEAR, KEPT),
    Seen("the same with a message", 200, {"code": 0, "message": "success", "data": [{"status": "submitted", "task_id": "task_01"}]}, UNCLEAR, KEPT),
    Seen("DashScope: a task", 200, {"output": {"task_status": "PENDING", "task_id": "7b1"}, "request_id": "c2"}, UNCLEAR, KEPT),
    Seen("Midjourney's proxy: a task", 200, {"code": 1, "description": "submitted", "result": "1320098173412546", "status": "SUBMITTED", "message": "ok"}, UNCLEAR, KEPT),
    Seen("a message and nothing else", 200, {"message": "your image is being drawn"}, UNCLEAR, KEPT),
    Seen("an envelope that is a success", 200, {"error": {"code": 0, "message": "success"}, "data": [{"id": "t"}]}, UNCLEAR, KEPT),
    Seen("empty fields", 200, {"created": 1, "data": [{"url": "", "b64_json": "", "revised_prompt": ""}]}, UNCLEAR, KEPT),
    Seen("no JSON", 200, "not json", UNCLEAR, KEPT),
    # Billed, without an image.
    Seen("CometAPI: a filtered prompt", 200, {"created": 1, "data": []}, EMPTY, KEPT),
    Seen("the same, wrapped", 200, {"code": 200, "msg": "ok", "data": {"data": []}}, EMPTY, KEPT),
    Seen("the same, bare", 200, [], EMPTY, KEPT),
    Seen("half a picture", 200, {"data": [{"b64_json": "§§§"}]}, NOT_AN_IMAGE, KEPT),
)  # fmt: skip


async def test_every_answer_of_others_is_told_truly(gateway: FakeCometAPI) -> None:
    """All in one, since a server for each takes longer than the answers do."""
    wrong = {}
    async with CometAPI(gateway.base_url, "sk-test") as client:
        for seen in CORPUS:
            gateway.will(Says(status=seen.status, body=seen.body, headers=seen.headers))
            with pytest.raises(ProviderError) as caught:
                await client.generate(ImageRequest(model="dall-e-3", prompt="a paper boat"))
            told, kept, again = _of(caught.value.fault)
            if seen.told not in told or (kept, again) != (seen.kept, seen.again):
                wrong[f"{seen.status} {seen.who}"] = told, kept, again
    assert wrong == {}
    assert len(gateway.requests) == len(CORPUS)


def _of(fault: Fault) -> tuple[str, bool, str]:
    """Return what people are told of a fault, whether it is kept in the budget, and whether it is sent again."""
    return FAULTS[fault], fault.billed, LATER if fault.unprocessed else OTHER if fault.of_the_model else NEVER


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 60
    assert len({json.dumps([seen.status, str(seen.body)]) for seen in CORPUS}) == len(CORPUS)
