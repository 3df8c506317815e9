"""A Spark session, or a clear word on what is missing for one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from qingdan.rules.errors import RuleError, Words

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def open_session(master: str = "", settings: Mapping[str, str] = MappingProxyType({})) -> SparkSession:
    """The running session, or a new one. RuleError when pyspark or Java is missing.

    `master`: Spark's address of the cluster, "local[2]" for two workers on this machine; empty when `spark-submit`
    says it. `settings`: Spark's own, such as "spark.executor.memory".
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise RuleError(
            Words("没有安装 pyspark", "pyspark is not installed"),
            Words("请执行 pip install 'qingdan[spark]'", "run pip install 'qingdan[spark]'"),
        ) from None
    builder = SparkSession.builder.appName("qingdan")
    if master:
        builder = builder.master(master)
    if master.startswith("local"):
        # Workers on this machine: the same Python, and no door to the network.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        closed = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
        }
        settings = {**closed, **settings}
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        raise RuleError(
            Words("Spark 没有启动：没有 Java，或版本低于 17", "Spark did not start: no Java, or one older than 17"),
            Words("请安装 Java 17 或更高版本并设置 JAVA_HOME", "install Java 17 or later and set JAVA_HOME"),
        ) from error
