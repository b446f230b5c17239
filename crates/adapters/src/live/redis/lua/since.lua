-- Answers: epoch, head, whether the log is known, then number and body by turns. Without ARGV[7] only where the log stands.
local topic, after = ARGV[6], ARGV[7]
local chat = topic:match('^chat:(.+)$')
local life, head, known
if chat then
  local record = fetch(base .. 'c:' .. chat)
  life, head = '0', int(last_told(chat, record))
  known = record or redis.call('EXISTS', base .. 'log:' .. topic) == 1
else
  life, head, known = epoch(), redis.call('HGET', heads, topic) or '0', true
end
local answer = { life, head, known and '1' or '0' }
if after ~= '' then
  for _, entry in ipairs(redis.call('XRANGE', base .. 'log:' .. topic, '(' .. after .. '-0', '+', 'COUNT', 2 * @KEEPS@)) do
    answer[#answer + 1] = entry[1]:match('^%d+')
    answer[#answer + 1] = entry[2][2]
  end
end
return answer
