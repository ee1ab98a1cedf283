"""Lost calls: why they were lost, who calls back, and what closes them."""
