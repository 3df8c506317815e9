"""Qingdan 清单: promises, money, evidence and voice of a local government, as one working system."""
