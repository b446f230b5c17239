/** 站点所连接的系统，以及 Webhook 的更多设置。 */
export default {
  integrations: {
    none: "没有可连接的系统", noneHint: "此安装未包含集成。", lastOk: "最近成功：{{at}}", lastGood: "最近成功", lastBad: "最近故障", again: "再次尝试", how: "当前状况", enabled: "已连接：事件会送到那里",
    kind: {
      salesforce: { title: "Salesforce", lead: "聊天前按邮箱匹配联系人与线索，结束时创建个案或任务。" },
      zendesk: { title: "Zendesk", lead: "每个结束的会话成为一张工单，附聊天记录、请求者与附件。" },
      email: { title: "邮件", lead: "用自己的邮件服务器给访客发聊天记录，给团队发通知。" },
    },
    state: { new: "未设置", ok: "正常", failing: "出现故障", open: "故障后暂停", off: "已关闭" },
    test: { do: "测试连接", hint: "不会更改对方的任何数据。", saveFirst: "请先保存，测试使用已保存的设置。", setFirst: "请先填写并保存设置。", good: "连接正常", bad: "连接尚不可用", stepGood: "正常", stepBad: "失败" },
    step: { settings: "设置", address: "地址", connect: "连接", sign_in: "登录", limits: "配额", case: "个案", task: "任务", contact: "联系人", lead: "线索", external_id: "会话编号字段", tickets: "工单", group: "群组", tls: "加密", sender: "发件人" },
    secret: { set: "已保存，不会显示。", moved: "目标地址已更改，请重新输入。", keep: "留空则保持不变", remove: "移除" },
    template: { name: "对方字段", id: "字段编号", value: "内容", add: "添加字段", addTo: "为“{{name}}”添加字段", remove: "删除第 {{number}} 个字段" },
    group: { signIn: "登录", work: "要做什么", fields: "字段", ticket: "工单", server: "邮件服务器", letters: "邮件" },
    groupHint: { signIn: "在对方系统中的身份。", work: "会话或留言结束时。", fields: "{{name}}、{{email}}、{{subject}}、{{transcript}} 等会被替换。", ticket: "{{subject}}、{{name}} 等会被替换。", server: "站点没有自己的服务器时，使用安装的服务器。", letters: "谁收到什么。" },
    field: {
      login_url: "地址", flow: "登录方式", client_id: "Consumer key", client_secret: "Consumer secret", username: "用户名", private_key: "私钥（PEM）", audience: "Audience", refresh_token: "刷新令牌", api_version: "接口版本",
      purpose: "会话结束时", offline_purpose: "收到留言时", match_before_chat: "聊天前匹配访客", allow_duplicates: "即使判定重复也保存", external_id_field: "会话编号字段", cases: "个案字段", tasks: "任务字段", leads: "新线索字段", create_contact: "新联系人字段", update_contact: "已有联系人字段",
      url: "地址", auth: "登录方式", email: "客服邮箱", api_token: "API 令牌", oauth_token: "OAuth 令牌", subject: "主题", priority: "优先级", tags: "标签", public_transcript: "请求者可见聊天记录", group_id: "群组（编号）", brand_id: "品牌（编号）", ticket_form_id: "表单（编号）", custom_fields: "自定义字段",
      own_server: "使用自己的邮件服务器", server_host: "服务器", server_port: "端口", server_security: "加密", server_user: "用户名", password: "密码", from_name: "发件人名称", from_address: "发件人地址", transcripts: "给访客发送聊天记录", transcript_copies: "所有聊天记录抄送", offline_news: "有留言时通知团队", offline_to: "通知这些人", offline_receipt: "告知访客留言已收到", language: "给团队的邮件语言",
    },
    fieldHint: { login_url: "登录地址，或您自己的域名。", audience: "留空则用上面的地址", external_id_field: "一个唯一的文本字段；没有则写在主题中。", offline_to: "不填则通知部门的客服", public_transcript: "Zendesk 可能会发邮件给对方。", from_address: "留空则用安装的地址", server_port: "TLS 用 465，STARTTLS 用 587" },
    option: {
      flow: { jwt_bearer: "JWT 与私钥", client_credentials: "客户端凭证", refresh_token: "刷新令牌" },
      auth: { token: "API 令牌", oauth: "OAuth" },
      purpose: {
        0: "创建个案", 1: "为联系人附加个案", 2: "为联系人附加任务", 3: "为线索附加任务", 4: "创建联系人并附加个案", 5: "创建联系人并附加任务", 6: "创建线索并附加任务",
        7: "补全联系人空字段并附加个案", 8: "覆盖联系人字段并附加个案", 9: "补全联系人空字段并附加任务", 10: "覆盖联系人字段并附加任务",
      },
      priority: { none: "由 Zendesk 决定", low: "低", normal: "普通", high: "高", urgent: "紧急" },
      server_security: { tls: "TLS", starttls: "STARTTLS", plain: "不加密" },
      transcripts: { never: "从不", answered: "客服有回复时", always: "总是" },
      language: { none: "站点首选语言", zh: "中文", en: "英文" },
    },
    log: { title: "执行记录", what: "内容", none: "还没有记录", noneHint: "每个送到对方的事件都列在这里。", done: "完成", retrying: "重试中", failed: "失败", held: "暂扣", chat: "会话", ticket: "工单", resend: "重新发送", resent: "已重新发送" },
    what: { case_created: "已创建个案", task_created: "已创建任务", ticket_created: "已创建工单", rated: "已添加评分", not_rated: "未添加评分", matched: "按邮箱找到", not_matched: "没有这个邮箱", not_looked_up: "未查找", sent: "已发送", transcript: "聊天记录", transcript_asked: "访客索取的聊天记录", offline: "留言通知", offline_receipt: "留言回执", ticket_reply: "工单回复", ticket_receipt: "工单回执", ticket_overdue: "工单超时", ticket_news: "工单动态" },
  },
  hooks: {
    more: "速率与重试", filter: "仅当", filterHint: "只有每个比较都成立时才发送。", rate: "每秒上限", rateHint: "留空则不限", inFlight: "同时请求数", inFlightHint: "同时进行中的请求上限", schedule: "重试间隔（秒）", scheduleHint: "每次重试一个，如 5, 60, 600；留空用默认", algorithm: "签名", algorithms: { v1: "v1 · 共享密钥（HMAC）", v1a: "v1a · 密钥对（Ed25519）" },
    disabled: "已停用", failing: "出现故障", why: "停用原因：{{why}}", resendMany: "批量重发", resendTitle: "重新发送投递", resendWhich: "哪些", resendHint: "每条保留原编号，已收到的接收方可以忽略。", resendDo: "重发 {{count}} 条", resendDone_other: "{{count}} 条已重新排队", count_other: "{{count}} 条投递",
    holdBack: "保持顺序（秒）", holdBackHint: "投递首次失败后，同一会话的后续投递最多等这么久。留空为 900，0 则不等待",
    oldSecret: "旧密钥", oldSecretUntil: "签名至 {{at}}", expire: "立即停用旧密钥？", expireHint: "仍用旧密钥验证的接收方会拒收。", expireDo: "立即停用", expired: "现在只用最新密钥签名", expireOld: "立即停用旧密钥", expireOldHint: "密钥泄露时使用。更新之前接收方会拒收所有请求。",
    pace: "速率", unlimited: "不限", perSecond: "每秒 {{rate}}",
  },
};
