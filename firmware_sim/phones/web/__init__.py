"""The page on which any browser, a real phone's above all, is one of the world's wallets."""
