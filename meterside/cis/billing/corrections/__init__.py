"""Bills put right: their reads have changed, or they are cancelled and made again."""
