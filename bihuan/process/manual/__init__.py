"""流程手册: what the processes and forms of a pack say, ready to be read on a page or on paper."""
