"""The language a person reads: chosen once, kept with the person, spoken by pages, labels and mails."""

from .choosing import LanguageMiddleware, choose_language, language_of
from .labels import translate_labels

__all__ = ["LanguageMiddleware", "choose_language", "language_of", "translate_labels"]
