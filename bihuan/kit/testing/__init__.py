"""Inherited test cases for apps built on the kit."""
