"""Facilities 设施设备: fire, security and special equipment, kept in date and counted."""
