/** 工作台、访客与历史。 */
export default {
  desk: {
    visitor: "访客", agent: "客服", you: "我：", list: "会话列表", thread: "会话", messages: "消息", panel: "访客资料",
    tab: { mine: "我的", queue: "排队", ended: "今日已结束" },
    empty: {
      mine: { title: "暂时没有会话", hint: "有新会话分配给您时会出现在这里，并有提示音。" },
      queue: { title: "没有人在排队", hint: "所有访客都有人接待了。" },
      ended: { title: "今天还没有结束的会话", hint: "结束后的会话会列在这里。" },
    },
    foot: { refuses: "您的账户不接待会话。", away: "您已设为离开，不会分配新会话。", offline: "您处于离线状态，不会分配新会话。", full: "已达上限 {{limit}} 个会话，新访客将排队。" },
    failed: "会话列表没有加载出来", threadFailed: "消息没有加载出来", notFound: "打不开这个会话",
    pick: { title: "选择一个会话", hint: "用 Alt+J / Alt+K 切换，或按数字键 1–9。按 ? 查看全部快捷键。" },
    typing: "正在输入", draft: "[草稿]", noMessage: "还没有消息", unread_other: "{{count}} 条未读", accept: "接起", acceptOf: "接起 {{name}}",
    waitsInQueue: "已排队", waitsForAnswer: "等待回复", running: "会话时长", older: "查看更早的消息", toEnd: "回到最新",
    fate: { sent: "已发送", delivered: "已送达", read: "已读" },
    unsent: { sending: "发送中", waiting: "等待网络", failed: "发送失败" },
    discard: "放弃", openPicture: "打开图片 {{name}}",
    event: {
      joined: "{{name}} 加入了会话", left: "{{name}} 离开了会话", transferred: "{{name}} 将会话转给 {{to}}", transferredAway: "{{name}} 转接了会话",
      ended: { visitor: "访客结束了会话", agent: "{{name}} 结束了会话", idle: "长时间无消息，会话已结束", left: "访客离开网站，会话已结束" },
      rated: "{{name}} 评价 {{grade}} 星",
    },
    write: "输入回复…", attach: "发送文件或图片", emoji: "表情", send: "发送", keys: "Enter 发送 · Shift+Enter 换行", rest_other: "还可输入 {{count}} 字", drop: "松开即可发送", uploads: "正在上传", cancelUpload: "取消上传 {{name}}",
    closed: { waiting: "访客正在排队，接起后即可回复。", ended: "会话已结束。", offline: "这是无人在线时的留言，联系方式见右侧资料。", other: "{{name}} 正在接待这位访客。" },
    end: { do: "结束", title: "结束与 {{name}} 的会话？", hint: "访客将看到会话已结束，并可以评价。" },
    transfer: { do: "转接", title: "转接 {{name}}", kind: "转接对象", agent: "同事", department: "部门", members_other: "{{count}} 名成员", nobody: "没有其他同事", done: "已转接" },
    card: { facts: "基本资料", form: "表单", pages: "浏览轨迹", past: "历史会话" },
    noPast: "这是第一次会话。",
    note: { chat: "新的会话", queue: "有访客在排队" },
  },
  chat: { status: { waiting: "排队中", chatting: "进行中", ended: "已结束", offline: "留言" } },
  visitor: {
    place: "地区", browser: "浏览器", language: "语言", visits: "访问次数", referrer: "来源", page: "当前页面", zone: "时区", direct: "直接访问",
    online: "在线", gone: "已离开", returning: "回访", status: { browsing: "浏览中", waiting: "排队中", chatting: "会话中" },
  },
  field: { name: "姓名", email: "邮箱", phone: "电话", company: "公司", department: "部门", product_service: "产品或服务", message: "留言" },
  visitors: {
    lead: "此刻正在网站上的人，实时更新。", all: "全部在线", search: "按姓名、页面、来源搜索", country: "国家或地区", shown_other: "共 {{count}} 位",
    visitor: "访客", status: "状态", pages: "页数", onSite: "停留", none: "此刻没有访客", noneHint: "把组件代码放到网页上，有人打开时就会出现在这里。", noneFound: "没有符合条件的访客", noneFoundHint: "放宽筛选条件再看看。",
  },
  history: {
    search: "搜索聊天内容、姓名、邮箱", agent: "客服", department: "部门", status: "状态", from: "开始日期", to: "结束日期", range: "日期范围", clear: "清除条件",
    transcript: "聊天记录", pick: "选择一个会话查看记录", pickHint: "可以按内容全文搜索，网址可以直接发给同事。",
    none: "还没有会话", noneHint: "会话开始后会出现在这里。", noneFound: "没有找到", noneFoundHint: "换个词，或放宽日期与客服条件。",
    missed: "未接", openDesk: "到工作台回复", copyLink: "复制链接", copied: "链接已复制", requested: "请求时间", lasted: "时长", endedBy: "结束方",
    by: { visitor: "访客", agent: "客服", idle: "超时", left: "访客离开" }, rating: "评价 {{grade}} 星",
  },
} as const;
