"""The figures: `gallery` has a module for each, and `listing` knows them by name.

They are drawn from the `tables` of a study, in one `style`, and share `drawing` and `naming`.
"""
