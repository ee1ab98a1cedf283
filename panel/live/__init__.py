"""The live picture on its way to the browsers: live models, Change, visibility, wire, feed, consumer."""
