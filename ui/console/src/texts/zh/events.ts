/** 事件管道：队列、归档、死信、重放、订阅，以及它们的告警。 */
export default {
  range: { label: "时间", from: "从", to: "到", hour: "最近一小时", day: "24 小时", week: "7 天" },
  events: {
    updated: "更新于 {{at}}", stale: "数据不是最新的：{{why}}",
    event: "事件", reason: "原因", at: "停止时间", when: "时间", key: "键", keyHint: "键（会话、访客等）", id: "事件编号", summary: "摘要", sameKey: "查看同一个键的全部事件", version: "版本", producer: "发布节点", route: "来路", facts: "概要", payload: "内容", papers: "信封上的其余信息", copy: "复制 JSON",
    replay: "重放", replayed: "已重新投递", drop: "丢弃", dropped: "已丢弃", dropTitle: "丢弃这个事件？", dropHint: "{{queue}} 将不再处理这个 {{event}}，无法恢复。", none: "一切正常", noneHint: "没有停住的事件。",
    noneFound: "没有找到", noneFoundHint: "试着放宽筛选或时间。", noEvents: "还没有事件", noEventsHint: "从第一个事件起，全部保存在这里。",
    causes: "失败原因", envelope: "完整信封", toEvent: "查看这个事件的去向", counting: "正在计数…", rate: "速率", perSecond: "每秒最多事件数", rateNone: "不限",
    keep: { do_other: "保留 {{count}} 天", title: "事件保留多久", days: "天数", daysHint: "留空则按安装的设置，{{days}} 天", types: "个别事件", warning: "更早的会在一小时内清除。", add: "添加事件" },
    level: {
      label: "管道状态",
      green: "畅通", greenHint: "事件会立即到达消费者。",
      yellow: "积压", yellowHint: "事件等待时间变长，重放与批量操作会让路。",
      orange: "吃紧", orangeHint: "可省略的记录被省略，批量请求会被拒绝。",
      red: "存储即将用尽", redHint: "宁可拒绝新事件也不丢失。请立即腾出空间。",
    },
    why: { outbox_late: "发件箱里的事件等待超过 10 秒", outbox_very_late: "发件箱里的事件等待超过一分钟", disk_low: "存储空间不足", disk_full: "存储即将用尽" },
    way: { label: "事件的去路", outbox: "发件箱", brokers: "事件代理", data: "数据代理", noneWait: "没有等待的事件", oldest: "最早的已等待 {{age}}", to: "正在发布到：{{broker}}", nowhere: "没有可发布的代理", sum: "{{depth}} 条等待 · 每秒处理 {{rate}} 条", dead_other: "{{count}} 条死信" },
    role: { main: "主", remote: "备用", data: "数据" },
    kind: { embedded: "内置", rabbitmq: "RabbitMQ", kafka: "Kafka" },
    broker: { ok: "已连接", trouble: "异常", used: "发件箱当前发布到这里" },
    applied: { title: "订阅，第 {{version}} 版", hint: "更改会在两秒内被每个节点采用。", none: "还没有节点报告所用版本。", current: "已采用第 {{version}} 版", behind: "仍是第 {{version}} 版" },
    queue: {
      title: "队列", name: "队列", events: "事件", data: "数据", depth: "等待", oldest: "最早", in: "进/秒", out: "出/秒", held: "处理中", parked: "待重试", kept: "{{count}} 条暂存", dead: "死信", deadOf: "{{queue}} 的 {{count}} 条死信", none: "还没有队列", noneHint: "有了第一个订阅后就会出现。",
      paused: "已暂停", pause: "暂停", resume: "继续", pauseOf: "暂停 {{queue}}", resumeOf: "继续 {{queue}}", resumed: "已继续", pauseTitle: "暂停 {{queue}}？", pauseHint: "事件会在队列里等待，不会丢失，继续后再处理。",
    },
    path: { title: "事件的去向", hint: "时间从发布时算起。", none: "没有踪迹", noneHint: "这个事件还没有留下任何一步。", noQueues: "没有队列订阅它。", attempts_other: "{{count}} 次尝试" },
    step: { announced: "已发布", archived: "已归档", copied: "已复制到队列", handled: "已处理", retried: "等待下次重试", dead: "已放弃", delivered: "已投递" },
    lane: { waiting: "等待中", retrying: "重试中", handled: "已处理", dead: "死信" },
    many: {
      replayAll: "全部重放", replayFound: "重放这些", dropAll: "全部丢弃", dropFound: "丢弃这些",
      replayTitle: "重放死信", dropTitle: "丢弃死信", every: "本站点的全部死信", ofQueue: "队列 {{queue}}", ofType: "事件 {{type}}", since: "从 {{at}} 起", until: "到 {{at}} 止",
      count_other: "{{count}} 条死信",
      replayHint: "每条都会回到自己的队列。再次失败的会带着原因回到这里。", dropHint: "它们将不再被处理，无法恢复。事件本身仍保存在归档中。",
      replayDo: "重放 {{count}} 条", dropDo: "丢弃 {{count}} 条", replayDone_other: "已重新投递 {{count}} 条", dropDone_other: "已丢弃 {{count}} 条",
    },
    replays: {
      new: "从归档重放", newHint: "已经处理过某个事件的消费者不会重复处理。", force: "已处理过的也再处理一次", forceHint: "邮件会再发一次，个案会再建一次。", forced: "重复处理", when: "发布时间", types: "事件", typesHint: "不选则为全部", queues: "送入这些队列", queuesHint: "只有它们会再次收到事件", keyHint: "某个会话或访客；留空为全部",
      count: "计数", begin: "重放 {{count}} 个事件", counted_other: "将有 {{count}} 个事件送入 {{queues}} 个队列。", nothing: "没有符合条件的事件，什么都不会发生。",
      title: "重放记录", none: "还没有重放", noneHint: "重放及其进度会列在这里。", everyType: "全部事件", span: "{{from}} – {{to}}", rate: "每秒最多 {{rate}} 个", done: "{{done}} / {{count}} · 开始于 {{at}}", progress: "进度",
      state: { running: "进行中", done: "已完成", cancelled: "已取消", failed: "失败" }, cancel: "取消", cancelTitle: "取消这次重放？", cancelHint: "已经送出的事件不会收回。",
    },
    sub: {
      add: "新建订阅", edit: "编辑订阅", none: "还没有订阅", noneHint: "新建一个，让队列收到事件。", pattern: "事件", patternHint: "事件名、一族事件（Chat.*）或全部（*）", queue: "队列", queueHint: "收到副本的队列", site: "站点", everySite: "全部站点", only: "限定", filter: "过滤条件", filterHint: "只有每个比较都成立时才复制。", field: "字段", values: "取值", operator: "比较方式", op: { in: "属于", not_in: "不属于", gt: "大于", gte: "不小于", lt: "小于", lte: "不大于", starts_with: "开头为", contains: "包含", exists: "存在（true、false）" }, addCondition: "添加条件", condition: "条件 {{number}}", dropCondition: "删除条件 {{number}}",
      state: "状态", states: { declaring: "准备中", active: "生效", paused: "已暂停", draining: "排空中", drained: "已排空", failed: "失败" },
      stateHint: { declaring: "正在准备队列。", active: "事件正被复制。", paused: "不再复制。", draining: "不再复制，队列里的仍会处理。", drained: "队列已空。", failed: "队列未能就绪。" },
      enabledOf: "{{pattern}} 到 {{queue}}", pause: "暂停这个订阅？", pauseHint: "{{queue}} 将不再收到 {{pattern}}。期间的事件不会自动补上，可从归档重放。",
      remove: "删除这个订阅？", removeHint: "{{queue}} 将不再收到 {{pattern}}。队列里已有的仍会处理，归档中的事件以后可以重放。",
    },
  },
  notices: {
    label: "告警", more_other: "另有 {{count}} 条", hide: "隐藏，直到有新情况", look: "查看", since: "始于 {{at}}",
    level: { red: "告警", orange: "警告", yellow: "提示", green: "提示" },
    kind: {
      broker_down: "无法连接代理 {{broker}}", main_broker_left: "事件正走备用代理，主代理未在使用", queue_old: "队列 {{queue}} 落后 {{age}}", queue_full: "有副本在等待队列 {{queue}}，最早的已等 {{age}}", subscription_paused: "通往队列 {{queue}} 的订阅已暂停：等待的副本过多，无人取走", endpoint_disabled: "有 Webhook 已被停用：{{url}}", level: "事件管道：{{level}}", other: "{{kind}} {{subject}}",
    },
  },
};
