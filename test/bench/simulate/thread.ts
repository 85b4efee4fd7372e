import { parentPort, workerData } from "node:worker_threads";
import { FleetSimulation, type SimulationOptions } from "./fleet-simulation.ts";

/** The entry of a thread that makes one run. Both sides are this program: nothing is parsed. */
const options: SimulationOptions = workerData;
parentPort?.postMessage(new FleetSimulation(options).run());
