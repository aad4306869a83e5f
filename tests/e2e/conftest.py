"""The browser's fixtures; named here they stand before the plugin's own."""

from tests.harness.browser import (  # noqa: F401
    browser_context_args,
    browser_type_launch_args,
    company,
    monday,
    page,
    person,
    watch,
)
