"""The face of the program: base templates, components, menu, field views, error pages."""
