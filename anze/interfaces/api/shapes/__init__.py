"""What goes over the wire. Each shape knows how to be made from the row or value it stands for."""
