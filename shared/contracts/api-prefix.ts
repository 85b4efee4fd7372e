/** Where every path of the API begins; of players' paths as well, below `/play`. */
export const apiPrefix = "/api/v1";
