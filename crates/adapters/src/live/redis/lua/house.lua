-- What all scripts share. Every key of a site carries one hash tag, so a script stays on one shard; all are derived from KEYS[1].
-- A record is a hash whose values are JSON as Rust wrote it: never decoded here, so nothing is lost in translation. Fields that begin
-- with a dot are ours (scores), `cn:<node>` are an agent's open screens.
local base, site, fresh, feed, now, now_json = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local heads = base .. 'heads'

local function int(number) return string.format('%.0f', number) end

local function fetch(key)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  local record = {}
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  return record
end

local function flat(record)
  local list = {}
  for field, value in pairs(record) do
    list[#list + 1] = field
    list[#list + 1] = value
  end
  return list
end

local function copy(record)
  local other = {}
  for field, value in pairs(record) do other[field] = value end
  return other
end

-- Field and value by turns, from ARGV[first] on, laid over a record.
local function lay(record, first)
  for i = first, #ARGV, 2 do record[ARGV[i]] = ARGV[i + 1] end
  return record
end

local function differs(before, after, except)
  for field, value in pairs(after) do
    if field ~= except and before[field] ~= value then return true end
  end
  return false
end

-- Logs ---------------------------------------------------------------------------------------------------------------------------

local function epoch()
  local known = redis.call('HGET', heads, 'epoch')
  if known then return known end
  redis.call('HSET', heads, 'epoch', fresh)
  return fresh
end

local function append(topic, seq, body)
  local key = base .. 'log:' .. topic
  local done = redis.pcall('XADD', key, 'MAXLEN', '~', @KEEPS@, seq .. '-0', 'b', body)
  if type(done) == 'table' and done.err then
    -- The log outlived its count: readers are told of the gap, writers go on.
    redis.call('DEL', key)
    redis.call('XADD', key, seq .. '-0', 'b', body)
  end
end

local function tell(topic, life, seq, body)
  redis.call('PUBLISH', feed, site .. ' ' .. topic .. ' ' .. life .. ' ' .. seq .. ' *\n' .. body)
end

local function write(topic, body)
  local life = epoch()
  local seq = int(redis.call('HINCRBY', heads, topic, 1))
  append(topic, seq, body)
  tell(topic, life, seq, body)
  return life, seq
end

-- Indexes ------------------------------------------------------------------------------------------------------------------------

local function reindex(kind, member, score, before, after, fields)
  for _, field in ipairs(fields) do
    local old, new = before and before[field], after and after[field]
    if old and old ~= 'null' and old ~= new then redis.call('ZREM', base .. kind .. ':' .. field .. ':' .. old, member) end
    if new and new ~= 'null' then redis.call('ZADD', base .. kind .. ':' .. field .. ':' .. new, score, member) end
  end
  if after then redis.call('ZADD', base .. kind .. ':all', score, member) else redis.call('ZREM', base .. kind .. ':all', member) end
end

local function save(key, record)
  redis.call('HSET', key, unpack(flat(record)))
end

-- Visitors -----------------------------------------------------------------------------------------------------------------------

local BOARD = { @BOARD@ }
local VISITOR_FIELDS = { 'status', 'agent', 'department', 'chat' }

local function tell_board(before, after)
  local changed = not before
  local parts = {}
  for i, field in ipairs(BOARD) do
    parts[i] = '"' .. field .. '":' .. (after[field] or 'null')
    if before and field ~= 'seen' and before[field] ~= after[field] then changed = true end
  end
  if changed then write('visitors', '{"kind":"visitor_upsert","data":{' .. table.concat(parts, ',') .. '}}') end
end

local function put_visitor(id, before, after, seen)
  save(base .. 'v:' .. id, after)
  reindex('ix:v', id, after['.score'], before, after, VISITOR_FIELDS)
  if seen ~= '' then redis.call('ZADD', base .. 'ix:v:seen', 'GT', seen, id) end
  tell_board(before, after)
end

local function remove_visitor(id)
  local key = base .. 'v:' .. id
  local before = fetch(key)
  redis.call('ZREM', base .. 'ix:v:seen', id)
  if not before then return nil end
  redis.call('DEL', key)
  reindex('ix:v', id, 0, before, nil, VISITOR_FIELDS)
  write('visitors', '{"kind":"visitor_gone","data":{"id":' .. before.id .. '}}')
  return before
end

-- Agents -------------------------------------------------------------------------------------------------------------------------

local AGENT_FIELDS = { 'status' }
local DESK = { 'name', 'status', 'chat_limit' }

-- Members sort as the numbers they are.
local function padded(id) return string.format('%020.0f', tonumber(id)) end

local function tell_desk(before, after)
  local changed = not before
  for _, field in ipairs(DESK) do
    if before and before[field] ~= after[field] then changed = true end
  end
  if not changed then return end
  write('desk', '{"kind":"colleague","data":{"id":' .. after.id .. ',"name":' .. after.name .. ',"status":' .. after.status
    .. ',"load":' .. after.load .. ',"limit":' .. after.chat_limit .. '}}')
end

local function has_room(agent)
  return agent.status == '"online"' and agent.accepts_chats == 'true' and tonumber(agent.load) < tonumber(agent.chat_limit)
end

local function agent_places(agent)
  local places = { base .. 'ix:a:room' }
  for department in agent.departments:gmatch('%d+') do
    places[#places + 1] = base .. 'ix:a:room:' .. department
    places[#places + 1] = base .. 'ix:a:department:' .. department
  end
  return places
end

local function put_agent(id, before, after)
  local member = padded(id)
  after.load = int(redis.call('SCARD', base .. 'burden:' .. id))
  local score = int(tonumber(after.load) * 2199023255552 + tonumber(after['.assigned'] or '0'))
  if before then
    for _, place in ipairs(agent_places(before)) do redis.call('ZREM', place, member) end
  end
  for i, place in ipairs(agent_places(after)) do
    -- Departments stand at the odd places after the first: everybody is in them, with room or without.
    if has_room(after) or (i > 1 and i % 2 == 1) then redis.call('ZADD', place, score, member) end
  end
  save(base .. 'a:' .. id, after)
  reindex('ix:a', member, score, before, after, AGENT_FIELDS)
  tell_desk(before, after)
end

local function remove_agent(id)
  local key, member = base .. 'a:' .. id, padded(id)
  local before = fetch(key)
  redis.call('ZREM', base .. 'ix:a:seen', member)
  if not before then return nil end
  redis.call('DEL', key)
  for _, place in ipairs(agent_places(before)) do redis.call('ZREM', place, member) end
  reindex('ix:a', member, 0, before, nil, AGENT_FIELDS)
  local last = copy(before)
  last.status = '"offline"'
  tell_desk(nil, last)
  return before
end

-- Chats --------------------------------------------------------------------------------------------------------------------------

local CHAT_FIELDS = { 'status', 'agent', 'department', 'visitor' }

local function burden(chat)
  if chat and chat.status == '"chatting"' and chat.agent ~= 'null' then return chat.agent end
  return nil
end

local function shift_burden(chat, from, to)
  if from == to then return end
  if from then
    redis.call('SREM', base .. 'burden:' .. from, chat)
    local before = fetch(base .. 'a:' .. from)
    if before then
      local after = copy(before)
      if redis.call('SCARD', base .. 'burden:' .. from) == 0 then after.idle_since = now_json end
      put_agent(from, before, after)
    end
  end
  if to then
    redis.call('SADD', base .. 'burden:' .. to, chat)
    local before = fetch(base .. 'a:' .. to)
    if before then
      local after = copy(before)
      after.last_assigned, after['.assigned'], after.idle_since = now_json, now, 'null'
      put_agent(to, before, after)
    end
  end
end

local function put_chat(id, before, after)
  local rank = int(tonumber(after['.requested']) - tonumber(after.priority) * 4398046511104)
  after['.score'] = rank
  save(base .. 'c:' .. id, after)
  reindex('ix:c', id, rank, before, after, CHAT_FIELDS)
  shift_burden(id, burden(before), burden(after))
end

-- The number of the last entry that was told, as the log and the record know it.
local function last_told(id, chat)
  local last = tonumber(chat and chat.last_seq or '0')
  local newest = redis.call('XREVRANGE', base .. 'log:chat:' .. id, '+', '-', 'COUNT', 1)
  if newest[1] then last = math.max(last, tonumber(newest[1][1]:match('^%d+'))) end
  return last
end
