"""Words in a prompt that make the sandbox fail on purpose, so that every refusal can be seen without a key.

| word               | what happens                                         |
|--------------------|------------------------------------------------------|
| `forbidden`        | the prompt is refused under the content policy       |
| `sandbox-fee`      | the same, for a fee                                  |
| `sandbox-limit`    | too many requests, try again in 2 seconds            |
| `sandbox-balance`  | the balance is used up                               |
| `sandbox-channel`  | the model has no channel at the moment               |
| `sandbox-busy`     | the model is busy                                    |
| `sandbox-broken`   | the gateway fails                                    |
| `sandbox-empty`    | success, but no image in it                          |
"""

import re

from bot.sandbox.protocol import Rejected

EMPTY = "sandbox-empty"


def stumble(prompt: str, model: str) -> None:
    """Raise Rejected if the prompt asks for a failure."""
    for word in re.findall(r"[a-z-]+", prompt.lower()):
        if rejected := _rejection(word, model):
            raise rejected


def _rejection(word: str, model: str) -> Rejected | None:
    match word:
        case "forbidden":
            message = "Your request was rejected by the safety system. safety_violations=[violence]."
            return Rejected(400, message, code="moderation_blocked", kind="image_generation_user_error")
        case "sandbox-fee":
            message = "Your request was rejected by the content policy, and a fee is charged for it."
            return Rejected(400, message, code="violation_fee.grok.csam")
        case "sandbox-limit":
            limited = Rejected(429, "too many requests")
            limited.headers = {"Retry-After": "2"}
            return limited
        case "sandbox-balance":
            return Rejected(403, "user quota is not enough", code="insufficient_user_quota")
        case "sandbox-channel":
            message = f"no available channel for group default and model {model} (distributor)"
            return Rejected(503, message, code="model_not_found")
        case "sandbox-busy":
            return Rejected(503, "The model is currently busy", code="bad_response_status_code", kind="upstream_error")
        case "sandbox-broken":
            return Rejected(500, "do request failed", code="do_request_failed")
    return None
