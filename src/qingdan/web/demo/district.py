"""Units, plans and items of the demo district.

From the story: the units 润弘公司, 区规建局, 区投促局, 区经科局, 工业港管委会, 川菜委, 区目督办 and 区纪委监察局,
three of the ten plans' names, four tasks, and the figures (10 plans, 76 items, 5 tasks not in time on 14 July).
All other items, tasks, texts and figures are synthetic; their items carry 〔示例〕. No person of the story appears;
accounts are posts.
"""

from __future__ import annotations

from dataclasses import dataclass

SYNTHETIC = "〔示例〕"

# code, name, kind, other names as ledgers write them
UNITS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("QW", "区委区政府", "leadership", ()),
    ("MDB", "区目督办", "office", ("区委区政府目督办", "目督办")),
    ("JW", "区纪委监察局", "discipline", ("区纪委", "区监察局")),
    ("JWPZ", "派驻区规建局纪检组", "discipline", ()),
    ("XXZX", "区政务信息中心", "other", ()),
    ("GJJ", "区规建局", "bureau", ("区规划建设局", "规建局")),
    ("TCJ", "区投促局", "bureau", ("区投资促进局", "投促局")),
    ("JKJ", "区经科局", "bureau", ("区经济和科学技术局", "经科局")),
    ("FGJ", "区发改局", "bureau", ("区发展和改革局",)),
    ("CZJ", "区财政局", "bureau", ()),
    ("GTJ", "区国土局", "bureau", ("区国土资源局",)),
    ("HBJ", "区环保局", "bureau", ("区环境保护局",)),
    ("SWJ", "区水务局", "bureau", ()),
    ("NLJ", "区农林局", "bureau", ("区农业和林业局",)),
    ("JTJ", "区交通局", "bureau", ("区交通运输局",)),
    ("CGJ", "区城管局", "bureau", ("区城市管理局",)),
    ("JYJ", "区教育局", "bureau", ()),
    ("WJJ", "区卫计局", "bureau", ("区卫生和计划生育局",)),
    ("RSJ", "区人社局", "bureau", ("区人力资源和社会保障局",)),
    ("WTL", "区文体旅局", "bureau", ("区文化体育和旅游局",)),
    ("SWU", "区商务局", "bureau", ()),
    ("SJJ", "区审计局", "bureau", ()),
    ("ZWB", "区政务办", "office", ("区政务服务管理办公室",)),
    ("CKW", "区创客委", "commission", ("菁蓉镇管委会",)),
    ("GYG", "工业港管委会", "park", ("区工业港管委会", "成都现代工业港管委会")),
    ("CCW", "川菜委", "park", ("川菜产业园区管委会", "川菜产业化园区管委会")),
    ("RH", "润弘公司", "company", ("成都润弘公司",)),
    ("XTH", "兴郫城投公司", "company", ("城投公司",)),
    ("SL", "水利投资公司", "company", ()),
    ("PT", "郫筒街道", "town", ("郫筒镇",)),
    ("HZ", "合作街道", "town", ()),
    ("HG", "红光街道", "town", ("红光镇",)),
    ("XP", "犀浦街道", "town", ("犀浦镇",)),
    ("DY", "德源镇", "town", ()),
    ("TJ", "团结镇", "town", ()),
    ("AJ", "安靖镇", "town", ()),
    ("SDY", "三道堰镇", "town", ()),
    ("AD", "安德镇", "town", ()),
    ("TC", "唐昌镇", "town", ()),
    ("YA", "友爱镇", "town", ()),
    ("GZJ", "各镇街", "collective", ("各镇（街道）", "各街道（镇）")),
)

NAMES = {code: name for code, name, _kind, _names in UNITS}
TOWNS = tuple(code for code, _name, kind, _names in UNITS if kind == "town")
STRATEGIES = ("中优", "西控")
ZONES = ("水源涵养生态保护", "“电子信息+”产业集群发展", "都市现代农业融合发展", "城市组团有机更新发展")


@dataclass(frozen=True)
class NamedTask:
    """A task that the story tells of; done by 14 July where the story says so."""

    work: str
    unit: str
    deadline: str
    progress: str
    done: bool = False


@dataclass(frozen=True)
class ItemSeed:
    """An item: its name, the kind of its synthetic tasks, the lead's code, zone number; named tasks if any."""

    name: str
    kind: str
    lead: str
    zone: int
    tasks: int = 3
    named: tuple[NamedTask, ...] = ()


@dataclass(frozen=True)
class PlanSeed:
    """A plan: name (three are known, the others numbered), lead units, items."""

    name: str
    leads: tuple[str, ...]
    items: tuple[ItemSeed, ...]


def _s(name: str, kind: str, lead: str, zone: int, tasks: int = 3) -> ItemSeed:
    return ItemSeed(SYNTHETIC + name, kind, lead, zone, tasks)


PLANS: tuple[PlanSeed, ...] = (
    PlanSeed(
        "“创客郫都”建设行动计划",
        ("CKW", "JKJ"),
        (
            ItemSeed(
                "人才公寓建设",
                "build",
                "RH",
                3,
                2,
                (
                    NamedTask(
                        "624套人才公寓全面达到拎包入住条件",
                        "RH",
                        "7月15日前",
                        "624套人才公寓水、电、气、网络全部接通，家具家电安装到位，已全面达到拎包入住条件",
                        done=True,
                    ),
                ),
            ),
            _s("双创载体提质扩容", "build", "CKW", 1, 4),
            _s("创新创业服务平台建设", "service", "CKW", 1),
            _s("高校院所协同创新", "service", "JKJ", 1),
            _s("创业投资基金组建", "plan", "CZJ", 1, 2),
            _s("创客街区环境整治", "clean", "DY", 3, 4),
            _s("双创活动周筹备", "service", "CKW", 1, 2),
            _s("科技型企业培育", "invest", "JKJ", 1),
        ),
    ),
    PlanSeed(
        "产业转化空间提升行动计划",
        ("GJJ", "GTJ"),
        (
            ItemSeed(
                "重点片区城市设计",
                "plan",
                "GJJ",
                3,
                2,
                (
                    NamedTask(
                        "完成菁蓉立交片区和国际社区起步区2.5平方公里城市设计方案并送审",
                        "GJJ",
                        "7月20日前",
                        "菁蓉立交片区和国际社区起步区2.5平方公里城市设计方案编制完成，已按程序送审",
                        done=True,
                    ),
                ),
            ),
            _s("低效用地清理处置", "land", "GTJ", 1, 4),
            _s("标准厂房建设", "build", "GYG", 1),
            _s("产业园区道路配套", "road", "JTJ", 1, 4),
            _s("园区供电能力提升", "build", "GYG", 1, 2),
            _s("产业用地收储", "land", "GTJ", 1),
            _s("楼宇经济载体盘活", "invest", "SWU", 3),
            _s("地下综合管廊建设", "road", "XTH", 3, 2),
        ),
    ),
    PlanSeed(
        "产业升级行动计划",
        ("JKJ", "TCJ", "GYG", "CCW"),
        (
            ItemSeed(
                "重大产业项目招引",
                "invest",
                "TCJ",
                1,
                3,
                (
                    NamedTask(
                        "制定与京东方、格罗方德等千亿级企业的生产配套项目招引工作方案并积极落实",
                        "TCJ",
                        "7月31日前",
                        "招引工作方案已制定印发，按方案开展上门对接并落实跟踪责任人",
                        done=True,
                    ),
                ),
            ),
            ItemSeed(
                "三大重点产业招商",
                "invest",
                "JKJ",
                1,
                3,
                (
                    NamedTask(
                        "制定电子信息、食品饮料、研发设计及信息服务三大重点产业项目招商方案",
                        "JKJ",
                        "7月底前",
                        "三大产业招商方案已形成送审稿，正在梳理行业龙头企业信息源",
                    ),
                ),
            ),
            ItemSeed(
                "签约项目促建",
                "invest",
                "GYG",
                1,
                3,
                (
                    NamedTask(
                        "列出工业港签约项目落地时间表并逐项跟踪服务",
                        "GYG",
                        "持续推进",
                        "已列出签约项目落地时间表，逐项明确服务责任人",
                    ),
                    NamedTask(
                        "列出川菜园区项目签约、落地时间表，强化项目服务",
                        "CCW",
                        "持续推进",
                        "时间表已列出，正协助珪一食品等企业完善开工手续",
                    ),
                ),
            ),
            _s("食品饮料企业技改", "invest", "CCW", 1, 4),
            _s("电子信息配套企业培育", "invest", "JKJ", 1),
            _s("工业企业运行监测", "service", "JKJ", 1, 2),
            _s("园区公共服务平台", "build", "CCW", 1),
            _s("淘汰落后产能", "clean", "JKJ", 0),
        ),
    ),
    PlanSeed(
        "行动计划四",
        ("HBJ", "SWJ"),
        (
            _s("饮用水源保护区整治", "clean", "HBJ", 0, 4),
            _s("河道综合治理", "water", "SWJ", 0, 4),
            _s("黑臭水体治理", "water", "SWJ", 0),
            _s("农村面源污染防治", "agri", "NLJ", 0),
            _s("生态湿地建设", "build", "SL", 0, 2),
            _s("大气污染防治", "clean", "HBJ", 3, 4),
            _s("污水处理厂提标改造", "build", "SWJ", 0),
            _s("河长制工作落实", "service", "SWJ", 0, 2),
        ),
    ),
    PlanSeed(
        "行动计划五",
        ("NLJ",),
        (
            _s("都市农业示范园建设", "agri", "NLJ", 2, 4),
            _s("农业标准化基地建设", "agri", "NLJ", 2),
            _s("农产品品牌培育", "service", "NLJ", 2),
            _s("农村产权制度改革", "land", "NLJ", 2, 2),
            _s("农旅融合项目建设", "build", "YA", 2),
            _s("高标准农田建设", "agri", "NLJ", 2, 4),
            _s("豆瓣产业提升", "invest", "CCW", 2, 2),
            _s("农村电商服务", "service", "SWU", 2),
        ),
    ),
    PlanSeed(
        "行动计划六",
        ("GJJ", "XTH"),
        (
            _s("老旧小区改造", "build", "GJJ", 3, 4),
            _s("棚户区改造", "land", "GJJ", 3, 4),
            _s("城市道路新建改建", "road", "XTH", 3, 4),
            _s("公园绿地建设", "build", "CGJ", 3),
            _s("停车设施建设", "build", "XTH", 3, 2),
            _s("城市景观亮化", "clean", "CGJ", 3),
            _s("违法建设治理", "clean", "CGJ", 3),
        ),
    ),
    PlanSeed(
        "行动计划七",
        ("JTJ",),
        (
            _s("对外快速通道建设", "road", "JTJ", 3, 4),
            _s("公交线网优化", "service", "JTJ", 3),
            _s("轨道站点接驳", "road", "JTJ", 3),
            _s("农村公路提升", "road", "JTJ", 2, 4),
            _s("慢行绿道建设", "road", "XTH", 0),
            _s("交通秩序整治", "clean", "JTJ", 3, 2),
            _s("物流园区建设", "build", "SWU", 1),
        ),
    ),
    PlanSeed(
        "行动计划八",
        ("JYJ", "WJJ"),
        (
            _s("中小学幼儿园建设", "build", "JYJ", 3, 4),
            _s("医疗机构提档升级", "build", "WJJ", 3),
            _s("养老服务设施建设", "build", "PT", 3),
            _s("就业创业服务", "service", "RSJ", 1),
            _s("公共文化服务提升", "service", "WTL", 3),
            _s("便民服务点建设", "service", "ZWB", 3, 2),
            _s("社区综合体建设", "build", "XP", 3),
        ),
    ),
    PlanSeed(
        "行动计划九",
        ("WTL", "SWU"),
        (
            _s("全域旅游示范区创建", "plan", "WTL", 2, 4),
            _s("古镇保护更新", "build", "TC", 2, 4),
            _s("特色街区打造", "clean", "SDY", 2),
            _s("会展活动筹办", "service", "SWU", 1, 2),
            _s("农家乐提档升级", "agri", "YA", 2),
            _s("文物保护利用", "plan", "WTL", 2),
            _s("商贸综合体建设", "build", "SWU", 3),
        ),
    ),
    PlanSeed(
        "行动计划十",
        ("FGJ", "ZWB"),
        (
            _s("行政审批制度改革", "service", "ZWB", 1, 4),
            _s("投融资机制创新", "plan", "CZJ", 1),
            _s("重大项目储备", "plan", "FGJ", 1, 4),
            _s("镇街环境综合治理", "clean", "GZJ", 3, 2),
            _s("政府投资项目审计", "service", "SJJ", 3),
            _s("招商引资目标落实", "invest", "TCJ", 1),
            _s("信息化平台建设", "plan", "ZWB", 1, 2),
            _s("规划编制与修编", "plan", "GJJ", 3),
        ),
    ),
)

# 14 July: exactly these five tasks cannot be finished in time. Found by item and place within it.
LATE: tuple[tuple[str, int, str, str], ...] = (
    (
        "棚户区改造", 1, "剩余6户被征收人对安置点位有异议，签约进度滞后于计划约10天",
        "由区规建局牵头、属地街道配合，7月20日前召开现场协调会，增加两处备选安置点位",
    ),
    (
        "城市道路新建改建", 2, "燃气主管线迁改方案未通过权属单位审查，路基施工无法全断面展开",
        "区政府协调燃气权属单位先行实施临时改线，施工时限顺延至8月20日",
    ),
    (
        "河道综合治理", 3, "6月下旬以来连续降雨，河道水位高，围堰两次过水，水下护脚无法施工",
        "待主汛期过后集中组织施工，同步完成岸上工程，时限顺延至8月底",
    ),
    (
        "标准厂房建设", 1, "施工图审查提出消防意见12条，设计变更后重新报审，开工晚于计划",
        "审查机构容缺受理、并联审查，区规建局派专人跟踪服务",
    ),
    (
        "中小学幼儿园建设", 2, "周边市政道路未贯通，大型设备无法进场，室外工程滞后",
        "区交通局优先打通临时便道，学校室外工程与道路同步实施",
    ),
)  # fmt: skip
LATE_PROBLEMS = {
    "棚户区改造": "请区政府协调增加备选安置点位用地指标",
    "城市道路新建改建": "请区政府出面协调燃气权属单位先行临时改线",
    "中小学幼儿园建设": "请区委区政府明确临时便道的建设主体和资金来源",
}
