"""Whether the gateway works as a whole: signs of life, reasons why it does not, and the alarms about it."""
