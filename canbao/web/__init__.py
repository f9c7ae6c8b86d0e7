"""The pages. What every form says of a field left empty is set here, before the first form is made."""

from django.forms import ChoiceField, Field

Field.default_error_messages = {**Field.default_error_messages, "required": "必填，请填写。"}
ChoiceField.default_error_messages = {**ChoiceField.default_error_messages, "required": "请选择。"}
