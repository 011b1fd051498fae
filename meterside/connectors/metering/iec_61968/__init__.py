"""IEC 61968-9 messages: MeterReadings and EndDeviceEvents."""
