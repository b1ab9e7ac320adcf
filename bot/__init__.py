"""The faces of vrambot and the one path from a question to an answer."""
