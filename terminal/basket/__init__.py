"""The basket: what the customer has laid on the counter, its prices, discounts and tax. Pure values, no devices."""
