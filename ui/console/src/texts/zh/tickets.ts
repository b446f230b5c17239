/** 工单：列表、对话、属性与规则。 */
export default {
  tickets: {
    search: "搜索主题、请求者或内容", none: "这里没有工单", noneHint: "离线留言与来信会成为工单。", noneFoundHint: "试着放宽筛选，或换一个视图。", me: "我", nobody: "未分配", unread: "未读", keys: "J、K 上下移动 · 回车打开 · N 新建工单",
    sort: { label: "排序", view: "视图默认顺序", updated: "最近更新", created: "最新创建", priority: "优先级最高", due: "最先到期" },
    view: { title: "视图", saved: "已保存的视图", mine: "我的", unassigned: "未分配", unsolved: "未解决", all: "全部", save: "保存为视图", shared: "本站点所有人可用", remove: "删除视图“{{name}}”？", removeOf: "删除视图 {{name}}", removeHint: "工单会保留。" },
    status: { new: "新建", open: "处理中", pending: "待回复", on_hold: "搁置", solved: "已解决", closed: "已关闭" },
    priority: { low: "低", normal: "普通", high: "高", urgent: "紧急" },
    source: { label: "来源", offline: "离线留言", chat: "会话", email: "邮件", agent: "客服", api: "接口" },
    field: { subject: "主题", status: "状态", priority: "优先级", assignee: "负责人", department: "部门", tags: "标签", requester: "请求者" },
    new: { title: "新建工单", requester: "请求者", emailHint: "回复会发到这里。", text: "问题描述", ours: "这是我们写的：发送给请求者" },
    clock: { first_reply: "首次回复", next_reply: "后续回复", resolve: "解决" }, left: "还剩 {{time}}", late: "超时 {{time}}", noClocks: "没有计时。", brokenBefore: "没有计时，此前有一次超时。", deadlines: "时限",
    notFound: "无法打开这张工单", conversation: "对话", noEntries: "还没有内容", back: "返回列表（U）", properties: "属性", about: "概要", requester: "请求者", created: "创建", updated: "更新", chat: "会话", toChat: "打开聊天记录", follows: "接续自",
    kind: "谁能看到", public: "公开回复", note: "内部备注", fromRequester: "请求者", goesTo: "发送到 {{email}}", goesNowhere: "没有邮箱，仅在此显示", staysHere: "仅同事可见", writePublic: "输入回复…", writeNote: "输入备注…", send: "发送回复", keep: "添加备注", sendAs: "并设为", sendAndSet: "发送并设置状态", sendKeys: "{{key}}+回车发送", closedHint: "这张工单已关闭，新的来信会成为新工单。",
    changed: "{{field}}：{{from}} → {{to}}", author: { system: "Switchboard", api: "API 密钥" },
    breached: "未守住承诺：{{clock}}",
    letter: { pending: "邮件发送中", sent: "已发送", failed: "邮件未能送达", held: "邮件被扣下" },
    macro: {
      use: "宏", none: "还没有宏", drop: "不使用宏", add: "新建宏", edit: "编辑宏", empty: "还没有宏", emptyHint: "写一次回答，在每张工单里使用。", does: "同时更改", doesAlso: "除文字外，还可更改：", text: "文字", tags: "添加标签", remove: "删除宏“{{name}}”？", removeHint: "用它写的回复会保留。",
    },
    rules: {
      sla: "服务承诺", slaHint: "按营业时间的分钟数计算，留空表示不承诺。", first_reply_minutes: "首次回复", next_reply_minutes: "后续回复", resolve_minutes: "解决", hours: "营业时间", hoursHint: "只在此期间计时；一个时段都没有则始终计时。", holidays: "休息日", dayOff: "休息", from: "{{day}}开始", until: "{{day}}结束", addSpan: "为{{day}}添加时段", dropSpan: "删除{{day}}的这个时段",
      wrong: { empty: "请填写两个时间", backwards: "结束早于开始", overlap: "时段重叠" },
      sources: "工单来源", sourcesHint: "除客服新建之外。", from_offline: "离线留言成为工单", from_chats: "结束的会话成为工单", acknowledge: "告知对方工单已创建", staff_news: "用邮件通知团队新动态", inbound: "收件地址", hook: "邮件服务器可投递到", close: "已解决的工单几天后关闭（0 为不关闭）",
    },
    day: { mon: "星期一", tue: "星期二", wed: "星期三", thu: "星期四", fri: "星期五", sat: "星期六", sun: "星期日" },
  },
};
