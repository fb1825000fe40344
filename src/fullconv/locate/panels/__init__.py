"""Pictures that are put together of pictures."""
