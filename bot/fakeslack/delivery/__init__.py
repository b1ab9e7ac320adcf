"""Deliveries to the app: over signed HTTP or over Socket Mode, with redelivery."""
