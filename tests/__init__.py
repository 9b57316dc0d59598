"""Tests of the EV Load Balancer."""
