"""The command line and settings; the only place that composes rooms.

``cli``, ``commands``: one file per command, found by discovery.
``own``: the city's own device models and message formats, from their folders.
``codecs``: vendors' payload codecs, from theirs.
``settings``, ``options``, ``moments``: what an installation and a call are told.
``city_file``: a file of things, GeoJSON or CSV.
``platform``: all rooms in one process.
``sources``: the brokers that messages come from.
``updating``: observations over MQTT as SensorThings has it.
``announcing``, ``publishing``: the broker that alerts are published to, and a process that does only that.
``notifying``, ``telling``: who is told of alerts by webhook and e-mail, and a process that does only that.
``telltale``: metrics and health of a worker alone.
``rooms``, ``lock``: store and catalogue for one command, and who holds the data folder.
``broker``: the embedded broker.
``web``: the API and the page served by uvicorn.
``clockwork``: the processing worker, again and again.
``housekeeping``: what is too old leaves quarantine and store, the store is tended, errands are done.
``errands``: what the process that holds the data folder is asked to do.
``backup``, ``manifest``, ``restore``: all of an installation in a folder, verified, and back.
``retention``: how long observations are kept, by class.
``simulation``: the simulated city beside the platform.
``replaying``: the quarantine, read again here or by the worker that holds the store.
``printing``: what others wrote, as it is.
``client``: the API for notebooks: whole tables as pandas or Arrow.
``asking``: questions to a running platform's API.
``observations``: one datastream as an Arrow table, from the store or from a platform's API.
``curve``, ``pictures``, ``terminal``: datastreams over time, and what is drawn into files and as text.
``crew``: who computes a backfill; ``formulas``: what an operator is told of those that are others than before.
``migration``, ``advance``: history from store to store, and how far a long command is.
``exporting``: what goes into an export, and what it says of itself.
``importing``, ``bringing_in``, ``site``: what files hold, which things they need, and what became of every row.
``signals``: Ctrl-C and SIGTERM.
"""
