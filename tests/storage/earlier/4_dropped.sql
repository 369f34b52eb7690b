PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE ledger (
	source VARCHAR NOT NULL,
	worker VARCHAR NOT NULL,
	received BIGINT NOT NULL,
	stored BIGINT NOT NULL,
	duplicate BIGINT NOT NULL,
	superseded BIGINT NOT NULL,
	quarantined BIGINT NOT NULL,
	empty BIGINT NOT NULL,
	dropped BIGINT NOT NULL,
	updated BIGINT NOT NULL,
	PRIMARY KEY (source, worker)
);
INSERT INTO ledger VALUES('city','w1',5,1,0,0,4,0,0,1795448726034);
CREATE TABLE position (
	name VARCHAR NOT NULL,
	value BIGINT NOT NULL,
	PRIMARY KEY (name)
);
INSERT INTO position VALUES('catalogue version',1);
INSERT INTO position VALUES('processing',7);
CREATE TABLE quarantine (
	id INTEGER NOT NULL,
	source VARCHAR NOT NULL,
	topic VARCHAR NOT NULL,
	device VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	detail TEXT NOT NULL,
	payload BLOB NOT NULL,
	digest BLOB NOT NULL,
	received BIGINT NOT NULL,
	first_seen BIGINT NOT NULL,
	last_seen BIGINT NOT NULL,
	count BIGINT NOT NULL,
	booked BIGINT NOT NULL,
	unkept BIGINT NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (source, device, reason, topic, digest)
);
INSERT INTO quarantine VALUES(1,'city','t','x','unknown_device','who?',X'70',X'148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940',5000,1000,5000,2,2,0);
INSERT INTO quarantine VALUES(2,'city','t','x','unknown_device','who?',X'ff00',X'ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f',2000,2000,2000,1,1,0);
INSERT INTO quarantine VALUES(3,'city','t','y','unknown_device','who?',X'70',X'148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940',3000,3000,3000,1,1,0);
CREATE TABLE replay (
	id INTEGER NOT NULL,
	device VARCHAR,
	reason VARCHAR,
	entry INTEGER,
	"after" INTEGER NOT NULL,
	upto INTEGER NOT NULL,
	messages BIGINT NOT NULL,
	observations BIGINT NOT NULL,
	"left" BIGINT NOT NULL,
	finished BOOLEAN NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE thing (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	longitude FLOAT NOT NULL,
	latitude FLOAT NOT NULL,
	operator VARCHAR NOT NULL,
	district VARCHAR NOT NULL,
	public BOOLEAN NOT NULL,
	properties JSON NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO thing VALUES('a','Bin ü','waste_container',12.099999999999999644,54.100000000000001421,'SR','KTV',1,'{"depth": 1}');
CREATE TABLE arrival (
	entry INTEGER NOT NULL,
	received BIGINT NOT NULL,
	PRIMARY KEY (entry, received),
	FOREIGN KEY(entry) REFERENCES quarantine (id)
);
INSERT INTO arrival VALUES(1,1000);
INSERT INTO arrival VALUES(1,5000);
INSERT INTO arrival VALUES(2,2000);
INSERT INTO arrival VALUES(3,3000);
CREATE TABLE assignment (
	device VARCHAR NOT NULL,
	valid_from BIGINT NOT NULL,
	valid_to BIGINT,
	model VARCHAR NOT NULL,
	thing VARCHAR NOT NULL,
	PRIMARY KEY (device, valid_from),
	FOREIGN KEY(thing) REFERENCES thing (id)
);
INSERT INTO assignment VALUES('d',-4611686018427387904,NULL,'plain','a');
CREATE TABLE calibration (
	thing VARCHAR NOT NULL,
	since BIGINT NOT NULL,
	properties JSON NOT NULL,
	PRIMARY KEY (thing, since),
	FOREIGN KEY(thing) REFERENCES thing (id)
);
CREATE INDEX ix_quarantine_reason ON quarantine (reason);
CREATE INDEX ix_thing_kind ON thing (kind);
CREATE INDEX ix_assignment_thing ON assignment (thing);
COMMIT;
