"""What watches the queues: wallboards, and thresholds that raise alerts."""
