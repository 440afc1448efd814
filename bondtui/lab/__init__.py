"""The lab on paper: its layout, the commands that build it, its traffic, its faults and its messages. All of it is pure."""
