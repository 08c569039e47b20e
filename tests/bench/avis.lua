-- Posts an avis of its own with each request, for wrk. JDMA_TEST_BENCH names a file of lines
-- « bouton jeton »; each avis goes to the next bouton.

local targets = {}
local sent = 0
local start_ms = os.time() * 1000

function init()
  math.randomseed(os.time())
  for line in io.lines(os.getenv("JDMA_TEST_BENCH")) do
    local bouton, jeton = line:match("(%S+) (%S+)")
    targets[#targets + 1] = { bouton = bouton, jeton = jeton }
  end
  wrk.headers["Content-Type"] = "text/plain"
  wrk.headers["Origin"] = "https://www.exemple.fr"
end

local function uuid7(ms)
  local time = string.format("%012x", ms)
  return string.format("%s-%s-7%03x-8%03x-%06x%06x", time:sub(1, 8), time:sub(9, 12),
    math.random(0, 4095), math.random(0, 4095), math.random(0, 16777215), math.random(0, 16777215))
end

function request()
  sent = sent + 1
  local target = targets[sent % #targets + 1]
  local body = string.format(
    '{"cle":"%s","etape":1,"bouton":"%s","questionnaire":"standard-1","notes":{"satisfaction":%d,'
      .. '"effort":%d,"clarte":%d},"verbatim":"Tout va bien, merci.","langue":"fr",'
      .. '"affichage":"dialogue","widget":"1.0.0","jeton":"%s"}',
    uuid7(start_ms + math.floor(sent / 8)), target.bouton, sent % 3 + 1, sent % 5 + 1,
    sent % 4 + 1, target.jeton)
  return wrk.format("POST", nil, nil, body)
end
