// The health check of the database in docker-compose.yml, run by mongosh inside the container.
// It makes what is missing (the replica set of one, the administrator, a user for each room), and says whether the
// database takes writes. Every step may be interrupted and comes again. Without users MongoDB lets in who comes from
// the same machine, to make the first one; after that nobody without a password.
const passwords = JSON.parse(require("fs").readFileSync("/run/secrets/mongo_passwords", "utf8"));
const ADMINISTRATOR = "afterword";

function mayBegin() {
  if (!db.hello().setName) {
    rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] });
  }
  return db.hello().isWritablePrimary;
}

function comeIn(admin) {
  try {
    admin.auth(ADMINISTRATOR, passwords[ADMINISTRATOR]);
  } catch (error) {
    admin.createUser({ user: ADMINISTRATOR, pwd: passwords[ADMINISTRATOR], roles: ["root"] });
    admin.auth(ADMINISTRATOR, passwords[ADMINISTRATOR]);
  }
}

function makeRooms(admin) {
  for (const [room, pwd] of Object.entries(passwords)) {
    if (room !== ADMINISTRATOR && !admin.getUser(room)) {
      // its own database and no other: a room reads nobody else's documents
      admin.createUser({ user: room, pwd, roles: [{ role: "readWrite", db: `afterword_${room}` }] });
    }
  }
}

if (!mayBegin()) {
  quit(1);
}
comeIn(db.getSiblingDB("admin"));
makeRooms(db.getSiblingDB("admin"));
quit(0);
