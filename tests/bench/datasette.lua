-- Inserts one row with each request, for wrk. JDMA_TEST_TOKEN is an API token.

local sent = 0

function init()
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("JDMA_TEST_TOKEN")
end

function request()
  sent = sent + 1
  local body = string.format('{"row":{"cle":"%d","bouton":"k7f3q2","notes":"{\\"satisfaction\\":3}"}}', sent)
  return wrk.format("POST", nil, nil, body)
end
