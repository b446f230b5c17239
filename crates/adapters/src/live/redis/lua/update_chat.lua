local id, if_rev, if_room = ARGV[6], ARGV[7], ARGV[8]
local before = fetch(base .. 'c:' .. id)
if not before then return { 'missing' } end
if if_rev ~= '' and if_rev ~= before.rev then return { 'changed' } end
local after = lay(copy(before), 9)
local to = burden(after)
if if_room == '1' and to and to ~= burden(before) then
  local agent = fetch(base .. 'a:' .. to)
  if not agent or not has_room(agent) then return { 'full', { to } } end
end
if differs(before, after) then
  after.rev = int(tonumber(before.rev) + 1)
  put_chat(id, before, after)
end
return { 'ok', flat(after) }
