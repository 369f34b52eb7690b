"""What one product's uplink fields mean: one file per product, found by discovery."""
